"""A snapshot's pictures and captions as files, in the layouts of other tools, which can be read back."""
