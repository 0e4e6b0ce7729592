"""Reports about covered copies and measured recordings."""
