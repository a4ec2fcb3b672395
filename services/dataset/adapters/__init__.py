"""Pillow and the server's folders, behind the ports of the dataset service."""
