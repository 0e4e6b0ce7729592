"""Publish covered streams to other servers."""
