"""Rules of training, pure: tensors and values in, tensors and values out."""
