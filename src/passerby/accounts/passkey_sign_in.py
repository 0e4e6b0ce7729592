"""Signing in with a passkey, and adding one."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any, Final

from passerby.accounts.access_store import AccessStore
from passerby.accounts.account import Account, checked_name
from passerby.accounts.back_off import BackOff
from passerby.accounts.challenge import Challenges
from passerby.accounts.credentials.passkey import (
    Answer,
    RelyingParty,
    challenge_in,
    credential_in,
    new_count,
    registered,
    registration_options,
    sign_in_options,
)
from passerby.accounts.passkey_store import Passkey, PasskeyStore
from passerby.accounts.role import Role
from passerby.accounts.sign_in import Origin
from passerby.accounts.store import AccountStore
from passerby.accounts.token import hash_of
from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditKind
from passerby.errors import SignInError

_SIGN_IN: Final = "sign in"
_REFUSED: Final = "this passkey is not valid here; try again, or sign in another way"


class PasskeySignIn:
    """Offers challenges to passkeys and checks their answers; used from several threads.

    Args:
        store: The database of accounts.
        trail: Gets an entry for each failure, and each passkey that is added or removed.
        site: Name of the site.
        clock: The system's clock, UTC since 1970, s.
        monotonic: Monotonic time, s.

    Raises:
        StoreError: The database cannot be read.
    """

    def __init__(
        self,
        store: AccountStore,
        trail: Trail,
        *,
        site: str,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = PasskeyStore(store)
        self._accounts = store
        self._access = AccessStore(store)
        self._trail = trail
        self._site = site
        self._clock = clock
        self._challenges = Challenges(clock=monotonic)
        self._back_off = BackOff(clock=monotonic)

    # --- signing in --------------------------------------------------------------------------------

    def offer(self, place: RelyingParty, name: str = "") -> dict[str, Any]:
        """Return what a browser needs to ask for a passkey.

        The answer does not say whether there is an account: without passkeys it names one that nobody has.

        Args:
            place: Where the page was opened.
            name: Name of the account; "" = the device knows it.

        Raises:
            StoreError: The database cannot be read.
        """
        allowed: list[str] = []
        if name:
            account = self._accounts.find(name)
            own = [] if account is None else self.store.of_account(account)
            allowed = [each.key.credential for each in own if each.host == place.host]
            allowed = allowed or [self.store.decoy(name)]
        return sign_in_options(place, challenge=self._challenges.new(_SIGN_IN), allowed=allowed)

    def identify(self, answer: Answer, place: RelyingParty, origin: Origin) -> Account:
        """Return whose passkey has answered.

        Args:
            answer: The browser's answer.
            place: Where the page was opened.
            origin: Where the attempt comes from.

        Raises:
            SignInError: The answer is wrong, late, or was used before, or the account is disabled.
            TooManyTriesError: Too many attempts failed before.
            StoreError: The database cannot be read or written.
        """
        credential, handle = credential_in(answer)
        found = self.store.find(credential)
        account = None if found is None else found[1]
        name, browser = "" if account is None else account.name, self._known_browser(account, origin)
        with self._back_off.attempt(name, origin.address, browser):
            try:
                passkey, owner = self._own(found, handle)
                self._use(answer, passkey, place)
            except SignInError:
                self._trail.note(AuditKind.SIGN_IN_FAILED, name or None, address=origin.address, way="passkey")
                raise
        return owner

    def _own(self, found: tuple[Passkey, Account] | None, handle: bytes | None) -> tuple[Passkey, Account]:
        if found is None or found[1].disabled:
            raise SignInError(_REFUSED)
        if handle is not None and not hmac.compare_digest(handle, self.store.handle(found[1].name)):
            raise SignInError(_REFUSED)
        return found

    def _use(self, answer: Answer, passkey: Passkey, place: RelyingParty) -> None:
        challenge = self._held(answer, _SIGN_IN)
        count = new_count(answer, passkey.key, place, challenge)
        if not self._challenges.use(challenge) or not self.store.note_use(passkey, count, now_s=self._clock()):
            raise SignInError(_REFUSED)

    # --- adding ------------------------------------------------------------------------------------

    def offer_new(self, account: Account, place: RelyingParty, session: str) -> dict[str, Any]:
        """Return what a browser needs to make a passkey for an account.

        Args:
            account: The account.
            place: Where the page was opened.
            session: The session that asks: only it can add the passkey.

        Raises:
            StoreError: The database cannot be read.
        """
        taken = [each.key.credential for each in self.store.of_account(account)]
        return self._creation(account.name, place, _adding(account, session), taken)

    def add(self, answer: Answer, account: Account, place: RelyingParty, *, session: str, name: str) -> Passkey:
        """Add a passkey to an account.

        Args:
            answer: The browser's answer.
            account: The account.
            place: Where the page was opened.
            session: The session that asked for it.
            name: What the person calls it.

        Raises:
            SignInError: The answer is wrong, late, or was used before.
            UsageError: The passkey is there already, there are too many, or its name cannot be used.
            StoreError: The database cannot be written.
        """
        wanted = self._made(answer, place, _adding(account, session), name=name, account=account.number)
        return self.store.add(wanted, lambda: self._note(account.name, "passkey added"))

    def offer_first(self, account: str, place: RelyingParty) -> dict[str, Any]:
        """Return what a browser needs to make the passkey of the first administrator, whose link was checked.

        Raises:
            UsageError: The name cannot be used.
        """
        return self._creation(checked_name(account), place, _first(account), [])

    def add_first(self, answer: Answer, account: str, place: RelyingParty, *, name: str) -> Account:
        """Make the first administrator, who signs in with a passkey; the link was checked.

        Args:
            answer: The browser's answer.
            account: Name of the account.
            place: Where the page was opened.
            name: What the person calls the passkey.

        Raises:
            SignInError: The answer is wrong, late, or was used before.
            UsageError: A name cannot be used, or there are accounts already.
            StoreError: The database cannot be written.
        """
        wanted = self._made(answer, place, _first(account), name=name, account=0)

        def record() -> None:
            self._trail.note(AuditKind.ACCOUNT_ADDED, account, account, role=Role.ADMINISTRATOR, by="first link")
            self._note(account, "passkey added")

        return self.store.add_first(account, wanted, record)

    def offer_invited(self, account: Account, place: RelyingParty, secret: str) -> dict[str, Any]:
        """Return what a browser needs to make the passkey of whoever was invited, whose link was checked."""
        return self._creation(account.name, place, _invited(secret), [])

    def add_invited(self, answer: Answer, account: Account, place: RelyingParty, *, secret: str, name: str) -> Account:
        """Let somebody sign in with a passkey who was invited, and with nothing else any more; the link was checked.

        Args:
            answer: The browser's answer.
            account: The account.
            place: Where the page was opened.
            secret: The secret of the invitation.
            name: What the person calls the passkey.

        Raises:
            SignInError: The answer is wrong, late, or was used before.
            UsageError: The link was used meanwhile, or the name cannot be used.
            StoreError: The database cannot be written.
        """
        wanted = self._made(answer, place, _invited(secret), name=name, account=account.number)

        def record() -> None:
            self._note(account.name, "passkey added with a link")

        self.store.add_invited(secret, wanted, record, now_s=self._clock())
        return self._accounts.account(account.name)

    def remove(self, account: Account, number: int) -> None:
        """Remove a passkey; errors as `PasskeyStore.remove`."""
        self.store.remove(account, number, lambda: self._note(account.name, "passkey removed"))

    def _creation(self, account: str, place: RelyingParty, purpose: str, taken: list[str]) -> dict[str, Any]:
        return registration_options(
            place,
            site=self._site,
            account=account,
            handle=self.store.handle(account),
            challenge=self._challenges.new(purpose),
            taken=taken,
        )

    def _made(self, answer: Answer, place: RelyingParty, purpose: str, *, name: str, account: int) -> Passkey:
        challenge = self._held(answer, purpose)
        key = registered(answer, place, challenge)
        if not self._challenges.use(challenge):
            raise _late()
        return Passkey(0, account, key, place.host, name, self._clock())

    def _held(self, answer: Answer, purpose: str) -> bytes:
        challenge = challenge_in(answer)
        if not self._challenges.holds(challenge, purpose):
            raise _late()
        return challenge

    def _known_browser(self, account: Account | None, origin: Origin) -> str:
        if account is None or not origin.browser:
            return ""
        hash_ = hash_of(origin.browser)
        return hash_ if self._access.knows_browser(hash_, account.number) else ""

    def _note(self, account: str, credential: str) -> None:
        self._trail.note(AuditKind.ACCOUNT_CHANGED, account, account, credential=credential)


def _adding(account: Account, session: str) -> str:
    return f"add\n{account.number}\n{session}"


def _first(account: str) -> str:
    return f"first\n{account}"


def _invited(secret: str) -> str:
    return f"invited\n{hash_of(secret)}"


def _late() -> SignInError:
    return SignInError("this took too long, or was answered before; try again")
