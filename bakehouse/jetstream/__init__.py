"""JetStream as Bakehouse uses it: connect, publish, swap, pull and tail. Knows no job and no resource."""
