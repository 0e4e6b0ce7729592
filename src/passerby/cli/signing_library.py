"""What signing needs beyond passerby itself."""

from __future__ import annotations

from importlib.util import find_spec

from passerby.errors import UsageError
from passerby.installation import how_to_install


def require_signing() -> None:
    """Refuse to go on where the libraries for signatures are missing.

    Raises:
        UsageError: They are.
    """
    for name in ("c2pa", "cryptography"):
        if find_spec(name) is None:
            msg = f"signatures need a library that is not installed ({name}); run: {how_to_install('sign')}"
            raise UsageError(msg)
