"""Which sample is seen at which step, by which rank. Pure; only `epochs.py` needs NumPy."""
