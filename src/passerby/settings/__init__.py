"""What can be chosen; runs nothing."""
