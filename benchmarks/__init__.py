"""Measures passerby and comparable tools: speed, memory and what is left bare."""
