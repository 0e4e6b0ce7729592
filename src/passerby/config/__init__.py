"""What can be chosen, and the only wiring."""
