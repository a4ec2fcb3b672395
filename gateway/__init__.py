"""The gateway: the one public endpoint. It keeps resources and starts jobs; it computes nothing."""
