"""Kills, losses and doublings under load, recorded, and judged afterwards by a checker that knows no code."""
