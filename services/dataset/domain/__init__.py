"""What a dataset entry asks and what becomes of each picture, as pure functions."""
