"""A day at the desks, in fast motion, on a real Synapse, with clients that encrypt: `make day`."""
