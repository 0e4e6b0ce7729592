"""Record covered streams to encrypted segments on disk."""
