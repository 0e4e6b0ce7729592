"""Signals about places and cameras: numbers with units and coverage, never about a person."""
