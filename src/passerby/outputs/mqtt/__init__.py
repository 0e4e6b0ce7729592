"""Health and signals to an MQTT broker."""
