"""Reads pixels from files and cameras; knows nothing about people."""
