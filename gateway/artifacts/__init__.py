"""What pipelines made, listed from the results of their jobs."""
