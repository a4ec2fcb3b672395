"""Base models: their parts loaded; latents, texts and pictures made with them. The room with torch."""
