"""The two loops, for recordings and for live cameras."""
