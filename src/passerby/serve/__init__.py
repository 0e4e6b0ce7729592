"""The web page and the API: covered pictures, health and signals for browsers and scripts that have signed in."""
