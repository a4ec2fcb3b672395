"""Pipelines: a recipe, which job follows which, and who starts it."""
