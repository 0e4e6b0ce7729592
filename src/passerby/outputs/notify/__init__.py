"""Sends alerts to people and programs elsewhere: each message at least once, each with its own number."""
