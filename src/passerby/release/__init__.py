"""What goes with a copy that is passed on: the site's signature, the exemption log, and how to verify both."""
