"""A service whose units hash, sleep, fail, crash, eat memory and hang on purpose, to test the engine on."""
