"""Adapters to the homeserver, on mautrix: what goes out (intents) and what comes in (transactions)."""
