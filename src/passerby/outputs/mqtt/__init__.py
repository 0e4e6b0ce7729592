"""Publish status and signals to an MQTT broker."""
