"""Who did what with the gateway: a log that is only added to, and that proves it. Knows nobody above it."""
