"""What a person changes in a covered recording, and why: the edits file. It holds no pixel and no frame."""
