"""The two-person rule: what one person asks for, another one decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from passerby.accounts.account import Account
from passerby.accounts.permission import Action, Principal, PrincipalKind, may
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import ACCOUNT, REQUEST
from passerby.accounts.trail import Trail
from passerby.accounts.two_person_request import NEEDS, SHORTEST_REASON, Matter, RequestState, TwoPersonRequest
from passerby.audit.entry import AuditKind
from passerby.errors import ForbiddenError, SecondPersonError, UsageError


class Approvals:
    """Requests, and what was decided.

    Args:
        store: The database of accounts.
        trail: Gets an entry for each request and decision.
        clock: The system's clock, UTC since 1970, s.
        lasts_s: How long a request counts, s.
        needed: The matters that need a second person at this site.
    """

    def __init__(
        self,
        store: AccountStore,
        trail: Trail,
        *,
        clock: Callable[[], float],
        lasts_s: float,
        needed: Collection[Matter] = frozenset(Matter),
    ) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock
        self._lasts_s = lasts_s
        self.needed: Final = frozenset(needed)

    def ask(
        self,
        account: Account,
        principal: Principal,
        matter: Matter,
        subject: str,
        *,
        details: Mapping[str, str],
        reason: str,
    ) -> TwoPersonRequest:
        """Ask for something.

        Args:
            account: Who asks.
            principal: What they may do.
            matter: What they ask for.
            subject: The camera.
            details: What exactly.
            reason: Why.

        Raises:
            ForbiddenError: They may not do it, whoever agrees.
            UsageError: The reason says nothing.
            AuditError: It cannot be logged: there is no request.
            StoreError: It cannot be written.
        """
        require_permission(principal, matter, subject)
        if len(reason.strip()) < SHORTEST_REASON:
            msg = f"say why, in at least {SHORTEST_REASON} characters: the second person needs it to decide"
            raise UsageError(msg)
        now_s = self._clock()
        values: dict[str, object] = {"matter": matter.value, "subject": subject, "details": json.dumps(dict(details))}
        values |= {"reason": reason.strip(), "asked_by": account.number, "asked_s": now_s}
        values |= {"ends_s": now_s + self._lasts_s, "state": RequestState.OPEN.value}
        kind, about = AuditKind.TWO_PERSON_REQUEST, {"matter": matter.value, "reason": reason.strip()} | dict(details)
        with self._store.changing(lambda: self._trail.note(kind, account.name, subject, **about)) as connection:
            made = connection.execute(insert(REQUEST).values(values).returning(REQUEST.c.number)).scalar_one()
            return _request(connection, made)

    def decide(self, account: Account, principal: Principal, number: int, *, granted: bool) -> TwoPersonRequest:
        """Decide on a request of somebody else.

        Args:
            account: Who decides.
            principal: What they may do.
            number: Number of the request.
            granted: Whether they agree.

        Raises:
            ForbiddenError: They asked for it themselves, or may not decide on it.
            UsageError: There is none of this number in their scope, it was decided, or it has ended.
            AuditError: It cannot be logged: nothing is decided.
            StoreError: It cannot be written.
        """
        details: dict[str, str | int] = {"request": number, "granted": "yes" if granted else "no"}
        subject = self.request(principal, number).subject

        def record() -> None:
            self._trail.note(AuditKind.TWO_PERSON_DECISION, account.name, subject, **details)

        with self._store.changing(record) as connection:
            found = _request(connection, number)
            if principal.kind is not PrincipalKind.PERSON:
                msg = "a token cannot be the second person; sign in with a browser"
                raise ForbiddenError(msg)
            _require(principal, Action.APPROVE_REQUESTS, found.subject)
            if found.asked_by == account.name:
                msg = f"{account.name} asked for request {number}; somebody else must decide on it"
                raise ForbiddenError(msg)
            self._require_current(found, RequestState.OPEN)
            state = RequestState.GRANTED if granted else RequestState.REFUSED
            values = {"state": state.value, "decided_by": account.number, "decided_s": self._clock()}
            connection.execute(update(REQUEST).where(REQUEST.c.number == number).values(values))
            return _request(connection, number)

    @contextmanager
    def used(
        self,
        account: str,
        number: int | None,
        matter: Matter,
        subject: str,
        *,
        fits: Callable[[Mapping[str, str]], bool],
    ) -> Iterator[TwoPersonRequest | None]:
        """Use a request that was granted, once, and give it; if the block fails, it was not used.

        Args:
            account: Name of the account that does it, which must have asked: nobody uses the request of somebody else.
            number: Number of the request; None = nobody has asked.
            matter: What is about to happen.
            subject: With which camera.
            fits: Returns whether what is about to happen is within the details of the request.

        Yields:
            The request; None = this site wants no second person for this.

        Raises:
            SecondPersonError: There is no such request, nobody has agreed, somebody else has asked, or it is about
                something else.
            StoreError: It cannot be written.
        """
        if matter not in self.needed:
            yield None
            return
        if number is None:
            msg = f"{matter} of {subject} needs a second person; make a request with passerby request ask, or over HTTP"
            raise SecondPersonError(msg)
        with self._store.changing() as connection:
            try:
                found = _request(connection, number)
                self._require_current(found, RequestState.GRANTED)
            except UsageError as error:
                raise SecondPersonError(str(error)) from error
            if found.asked_by != account:
                msg = f"request {number} was made by somebody else, not by {account}; make one of your own"
                raise SecondPersonError(msg)
            if (found.matter, found.subject) != (matter, subject) or not fits(found.details):
                what = ", ".join(f"{name} {value}" for name, value in found.details.items())
                msg = f"request {number} is for {found.matter} of {found.subject} ({what}); make a request for this"
                raise SecondPersonError(msg)
            _set_state(connection, number, RequestState.USED)
        try:
            yield found
        except BaseException:
            with self._store.changing() as connection:
                _set_state(connection, number, RequestState.GRANTED)
            raise

    def request(self, principal: Principal, number: int) -> TwoPersonRequest:
        """Return a request in somebody's scope.

        Raises:
            UsageError: There is none of this number there.
            StoreError: It cannot be read.
        """
        with self._store.reading() as connection:
            found = _request(connection, number)
        if not _sees(principal, found):
            raise _absent(number)
        return found

    def requests(self, principal: Principal) -> list[TwoPersonRequest]:
        """Return the requests that somebody may see, oldest first: those that they may ask for or decide on.

        Raises:
            StoreError: They cannot be read.
        """
        return [each for each in all_requests(self._store) if _sees(principal, each)]

    def _require_current(self, request: TwoPersonRequest, state: RequestState) -> None:
        if request.state is not state:
            msg = f"request {request.number} is {request.state}, not {state}"
            raise UsageError(msg)
        if self._clock() >= request.ends_s:
            msg = f"request {request.number} has ended; make a new request"
            raise UsageError(msg)


def require_permission(principal: Principal, matter: Matter, camera: str) -> None:
    """Refuse somebody who may not do this, whoever agrees.

    Raises:
        ForbiddenError: They do not have the permission.
    """
    _require(principal, NEEDS[matter], camera)


def all_requests(store: AccountStore) -> list[TwoPersonRequest]:
    """Return all requests, oldest first.

    Raises:
        StoreError: They cannot be read.
    """
    with store.reading() as connection:
        numbers = connection.execute(select(REQUEST.c.number).order_by(REQUEST.c.number)).scalars().all()
        return [_request(connection, number) for number in numbers]


def _set_state(connection: Connection, number: int, state: RequestState) -> None:
    connection.execute(update(REQUEST).where(REQUEST.c.number == number).values(state=state.value))


def _sees(principal: Principal, request: TwoPersonRequest) -> bool:
    return any(may(principal, each, request.subject) for each in (NEEDS[request.matter], Action.APPROVE_REQUESTS))


def _require(principal: Principal, action: Action, camera: str) -> None:
    if not may(principal, action, camera):
        msg = f"{principal.name} does not have the permission {action} for {camera}; ask an administrator for it"
        raise ForbiddenError(msg)


def _absent(number: int) -> UsageError:
    return UsageError(f"there is no request {number}; passerby request list shows all")


def _request(connection: Connection, number: int) -> TwoPersonRequest:
    row: Row[Any] | None = connection.execute(select(REQUEST).where(REQUEST.c.number == number)).one_or_none()
    if row is None:
        raise _absent(number)
    names = {each.number: each.name for each in connection.execute(select(ACCOUNT.c.number, ACCOUNT.c.name))}
    return TwoPersonRequest(
        row.number,
        Matter(row.matter),
        row.subject,
        json.loads(row.details),
        row.reason,
        names[row.asked_by],
        row.asked_s,
        row.ends_s,
        RequestState(row.state),
        names.get(row.decided_by, ""),
    )
