"""Pillow, onnxruntime and the local disk."""
