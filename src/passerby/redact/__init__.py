"""Raw pixels end here."""
