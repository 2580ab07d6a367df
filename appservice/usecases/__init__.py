"""One verb a file: what the service does, told through the ports."""
