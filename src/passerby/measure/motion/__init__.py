"""Boxes to unlabelled steps; tracks live and die in this package."""
