"""The demo kitchen: drawn pictures, models baked from them on a CPU, and a judge of what the models draw."""
