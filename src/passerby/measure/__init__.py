"""Turns detections into numbers about places; tracks do not leave this package."""
