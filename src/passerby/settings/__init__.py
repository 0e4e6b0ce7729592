"""Everything that a user can set; runs no other code."""
