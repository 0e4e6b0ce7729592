"""The settings in a site file."""
