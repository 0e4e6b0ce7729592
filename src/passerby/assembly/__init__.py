"""The only wiring: from settings to the parts that carry them out."""
