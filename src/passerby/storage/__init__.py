"""Stores bytes: databases with their migrations, and append logs. Knows nothing about their content."""
