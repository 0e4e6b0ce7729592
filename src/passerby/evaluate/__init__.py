"""What a cover leaves bare of what a person labelled: boxes and numbers, no pixels."""
