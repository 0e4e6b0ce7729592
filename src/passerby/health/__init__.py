"""The status of cameras; nothing about people."""
