"""Manifests: sample identity, Parquet tables in content-addressed parts, and the small header over them."""
