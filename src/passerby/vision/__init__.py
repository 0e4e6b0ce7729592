"""What is in a frame, never who."""
