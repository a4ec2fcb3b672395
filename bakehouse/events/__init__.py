"""What happened, for whoever listens: CloudEvents on one stream, resumable by token. Never one per image."""
