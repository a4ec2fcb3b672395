"""A page on a dataset: every picture with its cut and caption, the buckets, what is set aside and why."""
