"""Every error that passerby raises on purpose.

PasserbyError
├── UsageError            wrong options or arguments: exit status 2
│   ├── SettingError      a setting of the site file is valid but does not work on this machine
│   ├── PlacesAbsentError the site has no camera of this name
│   └── EditedError       somebody else has changed the same thing since it was read
├── SourceError           a file or camera cannot be read: exit status 2
│   ├── AbsentError       a file, share or device is not there at present
│   ├── RecordingAbsentError  no such recording, moment or export is in view
│   └── RefusedError      a camera rejects the password, or its stream can never be used
├── OutputError           an output cannot be written: exit status 1
│   ├── DeliveryRefusedError  a service will never take this message
│   └── TargetExistsError a file or folder of this name is there already: exit status 2
├── ModelError            a model is missing or damaged: exit status 1
│   └── UnknownModelError no model has the name that was given: exit status 2
├── DetectorError         a detector failed, returned an impossible result or was too late
├── RedactionError        a frame could not be covered
├── MeasureError          a place or its calibration is wrong, or there was no observation
├── StoreError            signals or accounts cannot be stored or read: exit status 1
│   └── NoStoreError      what was named is not a store of passerby: exit status 2
├── AlertError            an alert cannot be changed or stored: exit status 1
│   ├── AlertAbsentError  there is no alert of this number
│   ├── AlertConflictError  somebody else was faster, or it is not its time yet
│   └── AlertStorageError the disk is full or failed: nothing was changed
├── AuditError            the audit log cannot be written: what needs an entry is refused; exit status 1
├── WitnessRefusedError   a witness does not cosign the checkpoint of another gateway; over HTTP only
└── AccessError           a person or script is refused
    ├── SignInError       not signed in, or the credentials are wrong
    │   ├── ProofError         signed in, but did not prove it again for a change that a thief would make
    │   ├── ProviderError      a sign-in provider does not answer, or what it says gives no access
    │   └── TooManyTriesError  wrong credentials came too often
    ├── TooManyRequestsError  signed in, but asks more often than anybody needs to
    └── ForbiddenError    signed in, but without the permission
        └── SecondPersonError  somebody else must agree first
"""


class PasserbyError(Exception):
    """Root of every error that passerby raises on purpose; the text is one line that says what to do."""


class UsageError(PasserbyError):
    """An option, argument or settings file is wrong."""


class SettingError(UsageError):
    """A setting does not work on this machine.

    Args:
        reason: What is wrong with its value, and what to do.
        key: Name of the setting, with dots between its parts.
    """

    def __init__(self, reason: object, key: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.reason, self.key = str(reason), key


class PlacesAbsentError(UsageError):
    """The site has no camera of this name."""


class EditedError(UsageError):
    """Somebody else has changed the same thing since it was read: read it again."""


class SourceError(PasserbyError):
    """A picture, recording or camera cannot be read."""


class AbsentError(SourceError):
    """A file, share or device that a camera reads from is not there at present; it may come back at any time."""


class RecordingAbsentError(SourceError):
    """There is no such recording or export, or no picture at that time, or it is not in view."""


class RefusedError(SourceError):
    """A camera rejects the password or the user, or its stream can never be used: retrying soon does not help."""


class OutputError(PasserbyError):
    """An output cannot be written."""


class TargetExistsError(OutputError):
    """A file that must not be replaced, or a folder, has the name of the output."""


class DeliveryRefusedError(OutputError):
    """A service will never take this message: sending it again does not help."""


class ModelError(PasserbyError):
    """A model is missing, damaged or unknown."""


class UnknownModelError(ModelError):
    """No model has the name that was given."""


class DetectorError(PasserbyError):
    """A detector failed, returned an impossible result or was too late: the whole frame is covered."""


class RedactionError(PasserbyError):
    """A frame could not be covered: it is not released."""


class MeasureError(PasserbyError):
    """A place, its calibration or a measured value is impossible, or no time was observed."""


class StoreError(PasserbyError):
    """Signals or accounts cannot be stored or read: the database or the spool is missing, full, locked or damaged."""


class NoStoreError(StoreError):
    """What was named is not there, or is not a store of passerby."""


class AlertError(PasserbyError):
    """An alert cannot be changed or stored."""


class AlertAbsentError(AlertError):
    """There is no alert of this number, or it is not in view."""


class AlertConflictError(AlertError):
    """An alert is not as it must be for this: somebody else was faster, or what it describes still holds."""


class AlertStorageError(AlertError):
    """Alerts cannot be stored: the disk is full or failed, and nothing was changed."""


class AuditError(PasserbyError):
    """The audit log cannot be written or read: what needs an entry is refused, and live cover goes on."""


class WitnessRefusedError(PasserbyError):
    """A witness does not cosign a checkpoint.

    Args:
        reason: Why, and what to do.
        status: HTTP status of the answer, as C2SP tlog-witness has it.
        size: Number of entries that it has cosigned last, where that is the reason.
    """

    def __init__(self, reason: str, status: int, size: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.size = status, size


class AccessError(PasserbyError):
    """A person or script is refused."""


class SignInError(AccessError):
    """A person or script is not signed in, or the credentials are wrong."""


class ProofError(SignInError):
    """Somebody who is signed in did not prove again that the account is theirs; their session goes on."""


class ProviderError(SignInError):
    """A sign-in provider does not answer, or what it says about somebody gives no access.

    Args:
        reason: What is wrong, and what to do.
        why: The same in a word: down, state, answer, role, account or disabled.
        account: Name of the account that it is about; "" = of none.
    """

    def __init__(self, reason: object, why: str, account: str = "") -> None:
        super().__init__(str(reason))
        self.why, self.account = why, account


class TooManyTriesError(SignInError):
    """Wrong credentials came too often.

    Args:
        wait_s: Time until the next attempt is accepted, s.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many wrong attempts; try again in {wait_s} s")
        self.wait_s = wait_s


class TooManyRequestsError(AccessError):
    """A person or script that is signed in asks more often than anybody needs to.

    Args:
        name: Name of the account or token.
        wait_s: Time until the next request is answered, s.
    """

    def __init__(self, name: str, wait_s: int) -> None:
        super().__init__(f"{name} asks too often; ask again in {wait_s} s, and less often")
        self.wait_s = wait_s


class ForbiddenError(AccessError):
    """A person or script is signed in, but does not have the permission."""


class SecondPersonError(ForbiddenError):
    """Somebody else must agree first, and has not."""
