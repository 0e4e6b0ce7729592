"""Covered pictures, signals and plots to files."""
