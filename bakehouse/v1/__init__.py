"""The public API, generated from `proto/bakehouse/v1` by `./run stubs`. Not for editing."""
