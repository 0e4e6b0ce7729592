"""Every error that a caller of passerby can meet.

PasserbyError
├── UsageError            wrong options or arguments: exit status 2
│   └── SettingError      a setting of the site file is well written, but cannot be used on this machine
├── SourceError           a file or camera cannot be read: exit status 2
│   ├── AbsentError       a file, share or device is not there at present
│   └── RefusedError      a camera refuses the password, or its stream can never be used
├── OutputError           a target cannot be written: exit status 1
├── ModelError            a model is missing, damaged or unknown: exit status 1
├── DetectorError         a detector failed, answered nonsense or came too late
├── RedactionError        a frame could not be covered
├── MeasureError          a place or its calibration is wrong, or nothing was observed
└── StoreError            signals cannot be kept or read: exit status 1
"""


class PasserbyError(Exception):
    """Root of every error that passerby raises on purpose; its text is one line with the mend."""


class UsageError(PasserbyError):
    """An option, argument or settings file is wrong."""


class SettingError(UsageError):
    """A setting cannot be used on this machine.

    Args:
        reason: What is wrong with its value, and the mend.
        key: Which, with dots between its parts.
    """

    def __init__(self, reason: object, key: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.reason, self.key = str(reason), key


class SourceError(PasserbyError):
    """A picture, recording or camera cannot be read."""


class AbsentError(SourceError):
    """A file, share or device that a camera reads from is not there at present; it may come back at any time."""


class RefusedError(SourceError):
    """A camera refuses the password or the user, or its stream can never be used: trying again soon is no use."""


class OutputError(PasserbyError):
    """A target cannot be written."""


class ModelError(PasserbyError):
    """A model is missing, damaged or unknown."""


class DetectorError(PasserbyError):
    """A detector failed, gave a senseless answer or came too late: the frame is covered whole."""


class RedactionError(PasserbyError):
    """A frame could not be covered: it is withheld."""


class MeasureError(PasserbyError):
    """A place, its calibration or a measured value is senseless, or no time was observed."""


class StoreError(PasserbyError):
    """Signals cannot be kept or read: the database or the spool is missing, full, locked or damaged."""
