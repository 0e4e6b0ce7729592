"""Which detectors look at which frames."""
