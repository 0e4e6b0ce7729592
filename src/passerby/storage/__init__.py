"""What keeps bytes: databases with their migrations, and append logs. Knows nothing of what is kept."""
