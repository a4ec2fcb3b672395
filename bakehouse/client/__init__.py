"""The typed, synchronous client: `from bakehouse import Client`. No torch, Pillow, pyarrow or NATS."""
