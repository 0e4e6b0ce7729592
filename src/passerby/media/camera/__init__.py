"""Live cameras as sources of frames."""
