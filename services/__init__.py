"""The services: each turns manifests into a manifest, and knows none of the others."""
