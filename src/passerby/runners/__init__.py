"""How the work is carried out."""
