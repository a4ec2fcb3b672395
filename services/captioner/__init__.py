"""The captioner service: pictures of a snapshot in, their captions out. It tags them with a WD14 tagger."""
