"""gRPC as all of Bakehouse speaks it: one server, one channel, one table of errors. It knows no resource."""
