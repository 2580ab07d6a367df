"""What agents type in their desk room: text in, a typed command or a helpful fault out. Pure, and never raises."""
