"""Bytes at rest: one port, a directory and an S3 driver, and blobs named by their SHA-256 on top."""
