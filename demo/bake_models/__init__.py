"""Bakes the demo's models on a CPU: `python -m demo.bake_models [vae|base|tagger|all]`."""
