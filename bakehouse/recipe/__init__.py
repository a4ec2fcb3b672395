"""Recipes: one file that says what to bake, read and checked where it lies, before anything is sent."""
