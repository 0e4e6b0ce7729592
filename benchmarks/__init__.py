"""Measurements of passerby beside its peers: speed, memory and what is left bare."""
