"""The cache's keys, what keeps them honest, and the index that says where a key's result is."""
