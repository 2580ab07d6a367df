"""The application service: opens, watches over and erases rooms that it cannot read."""
