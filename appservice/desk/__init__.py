"""The desk bot: speaks to agents in their desk room, and never enters a signalement."""
