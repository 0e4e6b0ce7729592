"""Work on recordings: cover, measure, check and evaluate files."""
