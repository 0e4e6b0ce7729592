"""What can be told from the picture without a network."""
