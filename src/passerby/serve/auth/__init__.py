"""Who may see what: sign-in, sessions and tickets."""
