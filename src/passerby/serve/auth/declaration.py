"""What a route needs: every route declares it, and an application with one that does not is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount

from passerby.accounts.permission import Action


class Public:
    """Declares, as a dependency, that anybody may use a route.

    Args:
        reason: Why.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self) -> None:
        """Admit everybody."""


@runtime_checkable
class Declaration(Protocol):
    """A dependency that admits only those who may do something."""

    @property
    def action(self) -> Action | None:
        """What they must be allowed to do; None = they must be signed in."""
        ...


def declared(app: FastAPI) -> dict[str, list[Public | Declaration]]:
    """Return what each route of an application declares, by its methods and path."""
    return {_name(route): list({id(each): each for each in _of_route(route)}.values()) for route in _flat(app.routes)}


def require_declared(app: FastAPI) -> None:
    """Refuse an application of which a route does not declare exactly what it needs.

    Raises:
        RuntimeError: Names such routes; this is an error of the programmer.
    """
    wrong = [name for name, found in declared(app).items() if len(found) != 1]
    if wrong:
        msg = f"{', '.join(wrong)}: each route must declare exactly one of Public, SignedIn and Requires"
        raise RuntimeError(msg)


def _flat(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Yield single routes; newer versions of FastAPI keep included routers as they are."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is None:
            yield route
        else:
            yield from _flat(router.routes)


def _of_route(route: BaseRoute) -> Iterator[Public | Declaration]:
    """Yield what a route declares; nothing for kinds of routes that are not known here."""
    if isinstance(route, APIRoute | APIWebSocketRoute):
        yield from _of_dependant(route.dependant)
    elif isinstance(route, Mount) and isinstance(public := getattr(route.app, "public", None), Public):
        yield public


def _of_dependant(dependant: Dependant) -> Iterator[Public | Declaration]:
    for each in dependant.dependencies:
        if isinstance(each.call, Public | Declaration):
            yield each.call
        yield from _of_dependant(each)


def _name(route: BaseRoute) -> str:
    methods = "|".join(sorted(getattr(route, "methods", None) or {type(route).__name__}))
    return f"{methods} {getattr(route, 'path', route)}"
