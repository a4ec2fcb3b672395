"""Fetching from strangers' servers: addresses are checked and pinned, everything has its limit."""
