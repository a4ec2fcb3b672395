"""The encoder's libraries: torch with the models, Pillow."""
