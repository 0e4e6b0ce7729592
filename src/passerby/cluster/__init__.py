"""Many machines: recordings and cameras spread over the nodes of a Ray cluster; nothing else imports Ray."""
