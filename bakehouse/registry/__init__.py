"""Records of resources: each revision in the store first, then the bucket is swapped.

With an empty bucket everything is rebuilt by listing the store, so losing NATS loses no resource.
"""
