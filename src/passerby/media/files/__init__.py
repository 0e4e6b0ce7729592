"""Recordings and pictures as sources of frames."""
