"""The local studio: `bakehouse up` runs nats-server, the gateway and the services as processes."""
