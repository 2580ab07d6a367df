"""The desk room as the agents' console: what they ask is carried out and answered; each refusal says what to do."""
