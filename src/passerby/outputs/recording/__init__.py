"""Covered streams to encrypted segments on disk."""
