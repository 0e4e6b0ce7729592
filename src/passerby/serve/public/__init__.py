"""Pages about single cameras that anybody can read, without an account and without scripts."""
