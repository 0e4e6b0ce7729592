"""The watchdog: a second pair of eyes on covered streams, what it may state, and how anybody can check its draws."""
