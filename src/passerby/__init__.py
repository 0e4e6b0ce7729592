"""A privacy gateway for cameras: see the crowd, never the person."""
