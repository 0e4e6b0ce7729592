"""The catalogue of networks, and how their files are fetched and verified."""
