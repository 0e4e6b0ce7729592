"""Keeps signals: in SQLite or PostgreSQL, rolled up by minute, quarter hour and hour, erased by age."""
