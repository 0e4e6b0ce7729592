"""Covers raw frames: uncovered pixels go no further than this package."""
