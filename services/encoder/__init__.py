"""The encoder service: base models registered, pictures to latents, captions to hidden states, each once."""
