"""Uploads: taken in, resumed, completed, forgotten."""
