"""What a signalement is and how it lives: pure, synchronous, without any input or output."""
