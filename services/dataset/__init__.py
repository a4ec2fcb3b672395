"""The dataset service: pictures in, a snapshot out (samples, buckets, captions); a server's folder listed."""
