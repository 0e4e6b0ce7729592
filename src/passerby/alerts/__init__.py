"""Alerts about places and cameras, which people handle: rules, what was raised, who did what, and the alarm load."""
