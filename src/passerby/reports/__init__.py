"""What is written down about a covered copy."""
