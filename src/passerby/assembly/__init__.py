"""The only wiring: builds the running parts from the settings."""
