"""Trains adapters: from cached latents and texts to a LoRA that other programs load."""
