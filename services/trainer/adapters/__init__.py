"""What the trainer stands on: manifests, tensors in the store, accelerate, peft, files."""
