"""What is in snapshots, what was made of them, and the names that people give them."""
