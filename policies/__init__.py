"""What holds even when everything else is wrong: rules in the homeserver itself, and a bot that answers auditors."""
