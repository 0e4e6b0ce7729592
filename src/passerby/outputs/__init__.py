"""Outputs for covered pictures, signals and status."""
