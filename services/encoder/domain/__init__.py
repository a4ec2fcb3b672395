"""Pure rules of the encoder: what is computed, in which batches, under which key."""
