"""Turns boxes into anonymous steps; tracks never leave this package."""
