"""`veilleuse doctor`: examines an installation, and says of each fault what to do. It changes nothing."""
