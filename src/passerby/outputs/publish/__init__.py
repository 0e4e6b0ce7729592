"""Covered streams to other servers."""
