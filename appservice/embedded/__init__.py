"""What the demo and the tests start themselves, where an operator already has it: a homeserver."""
