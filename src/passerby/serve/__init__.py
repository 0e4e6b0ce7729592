"""The page and the API: covered pictures and health to signed-in browsers and scripts."""
