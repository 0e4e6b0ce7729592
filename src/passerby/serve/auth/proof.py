"""Whoever changes how an account is signed in with proves again that it is theirs: a session may be stolen."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, Field, SecretStr

from passerby.accounts.accounts import Accounts
from passerby.accounts.credentials.password import LONGEST
from passerby.accounts.sign_in import Origin
from passerby.errors import ForbiddenError, ProofError
from passerby.serve.auth.visitor import Visit

RECENT_S: Final = 300.0
"""Somebody without a password must have signed in within this time."""

Present = Annotated[
    SecretStr, Field(max_length=LONGEST, description="The current password; empty if the account has none.")
]


class PresentPassword(BaseModel):
    """What a browser sends before it changes how somebody signs in."""

    present: Present


def require_proof(visit: Visit, accounts: Accounts, origin: Origin, present: SecretStr) -> None:
    """Refuse somebody who does not know the password; or, if there is none, who has not signed in just now.

    Args:
        visit: The request.
        accounts: The accounts of the site.
        origin: Where the request comes from.
        present: What was typed as the current password.

    Raises:
        ProofError: The password is missing or wrong.
        TooManyTriesError: Too many attempts failed before.
        ForbiddenError: The account has no password, and the session is older than `RECENT_S`; or a token asks.
        StoreError: The database cannot be read.
    """
    account = visit.account
    if account.has_password:
        if not present.get_secret_value():
            msg = "this needs your current password too; send it as present"
            raise ProofError(msg)
        accounts.passwords.require_password(account, present.get_secret_value(), origin)
    elif accounts.clock() - visit.sessions.of_account(account)[visit.session].created_s > RECENT_S:
        msg = f"sign out and in again first: this needs a session of the last {RECENT_S / 60:.0f} minutes"
        raise ForbiddenError(msg)
