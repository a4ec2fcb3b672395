"""SimpleTuner's dataloader configuration: what each key means and becomes, for client, service and page."""
