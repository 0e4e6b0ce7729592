"""Which connections may stay: nobody who has not signed in can keep others out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Generic, TypeVar

_Connection = TypeVar("_Connection")
_STRANGERS_SHARE: Final = 4
_OF_HEALTH: Final = 4


class VisitorKind(Enum):
    """Who a connection is from, by its latest request."""

    STRANGER = auto()
    """Somebody without a session, or nobody knows yet."""
    SIGNED_IN = auto()
    HEALTH = auto()
    """Somebody who asks whether the gateway works, for as long as the answer takes."""


@dataclass(slots=True)
class _Seat:
    visitor: str
    kind: VisitorKind = VisitorKind.STRANGER
    busy: bool = False


class Admission(Generic[_Connection]):
    """The connections of one server; used by its event loop only.

    Those who are signed in have `most` places. Connections without a session share a quarter as many of their own. They
    are never refused: one too many displaces one of them, of the visitor who has the most. So whoever opens very many
    connections displaces their own, and no one can hold a place by being slow.

    Args:
        most: Places of all who are signed in.
        most_of_one: Places of one visitor, among those and among the others.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._strangers = max(1, most // _STRANGERS_SHARE)
        self._seats: dict[_Connection, _Seat] = {}  # who has been a stranger for longest comes first

    def enter(self, connection: _Connection, visitor: str) -> _Connection | None:
        """Give a new connection a place; return the connection that must end for it, if any.

        Args:
            connection: The connection; nobody knows yet who it is from.
            visitor: Its address, or the group of addresses that count as one.
        """
        self._seats[connection] = _Seat(visitor)
        return self._displaced_by(connection)

    def recognize(
        self, connection: _Connection, kind: VisitorKind, visitor: str = ""
    ) -> tuple[bool, _Connection | None]:
        """Note who a connection is from; return whether it may stay, and which one must end for it, if any.

        Args:
            connection: The connection.
            kind: Who it is from.
            visitor: For whom a reverse proxy asks, with its latest request; "" = as before.
        """
        seat = self._seats.get(connection)
        if seat is None:
            return False, None
        same = visitor in {"", seat.visitor}
        seat.visitor = visitor or seat.visitor
        if kind is seat.kind and same:
            return True, None
        if kind is VisitorKind.SIGNED_IN and not self._has_room(seat):
            return False, None
        if kind is VisitorKind.HEALTH and sum(each.kind is kind for each in self._seats.values()) >= _OF_HEALTH:
            return True, None  # it stays what it is
        seat.kind = kind
        if kind is not VisitorKind.STRANGER:
            return True, None
        self._seats[connection] = self._seats.pop(connection)
        return True, self._displaced_by(connection)

    def set_busy(self, connection: _Connection, *, busy: bool) -> None:
        """Note whether a whole request has arrived that is being answered: such connections are displaced last."""
        if (seat := self._seats.get(connection)) is not None:
            seat.busy = busy

    def replace(self, old: _Connection, new: _Connection) -> None:
        """Give a connection's place to another one, which continues it."""
        if (seat := self._seats.pop(old, None)) is not None:
            self._seats[new] = seat

    def leave(self, connection: _Connection) -> None:
        """Free a connection's place, if it has one."""
        self._seats.pop(connection, None)

    def keep_only(self, alive: Collection[_Connection]) -> None:
        """Free the places of all other connections."""
        for gone in [each for each in self._seats if each not in alive]:
            del self._seats[gone]

    def _has_room(self, seat: _Seat) -> bool:
        others = (each for each in self._seats.values() if each is not seat)
        signed_in = [each.visitor for each in others if each.kind is VisitorKind.SIGNED_IN]
        return len(signed_in) < self._most and signed_in.count(seat.visitor) < self._most_of_one

    def _displaced_by(self, newcomer: _Connection) -> _Connection | None:
        strangers = {each: seat for each, seat in self._seats.items() if seat.kind is VisitorKind.STRANGER}
        counts = Counter(seat.visitor for seat in strangers.values())
        own = self._seats[newcomer].visitor
        if counts[own] > min(self._most_of_one, self._strangers):
            visitor = own
        elif len(strangers) > self._strangers:
            visitor = counts.most_common(1)[0][0]  # of equals, the one who was there first
        else:
            return None
        theirs = [each for each, seat in strangers.items() if seat.visitor == visitor and each != newcomer]
        displaced = min(theirs, key=lambda each: strangers[each].busy)
        del self._seats[displaced]
        return displaced
