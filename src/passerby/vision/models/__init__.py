"""Which networks there are, and how their files are fetched and verified."""
