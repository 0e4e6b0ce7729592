"""Where covered pictures go."""
