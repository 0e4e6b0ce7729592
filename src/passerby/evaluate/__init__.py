"""Measures which labelled people a cover misses: boxes and numbers, no pixels."""
