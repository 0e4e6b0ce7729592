"""The page of `passerby review`: covered pictures and positions for the browser of one reviewer on this machine."""
