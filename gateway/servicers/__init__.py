"""One servicer for each service of the contract: convert in, one use case, convert out."""
