"""People become numbers about places; tracks end here."""
