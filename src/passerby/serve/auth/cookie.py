"""The cookies of a browser: its session, and that somebody has signed in with it before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import Response

_SESSION: Final = "passerby_session"
_BROWSER: Final = "passerby_browser"
_ATTEMPT: Final = "passerby_attempt"
_BROWSER_S: Final = 180 * 86_400


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of one gateway.

    A browser sends a cookie to every port of a host: with one name for all, gateways under one host name would replace
    each other's sessions.

    Args:
        gateway: The gateway's id.
        secure: It serves by TLS. Browsers then take the cookies from this very host only, and never without TLS.

    >>> Cookies("00112233aabbccdd", secure=True).session
    '__Host-passerby_session_00112233aabbccdd'
    """

    gateway: str
    secure: bool

    @property
    def session(self) -> str:
        """Name of the cookie with the secret of the session."""
        return self._named(_SESSION)

    @property
    def browser(self) -> str:
        """Name of the cookie with the secret of a browser in which somebody has signed in before."""
        return self._named(_BROWSER)

    @property
    def attempt(self) -> str:
        """Name of the cookie of somebody who has left for a sign-in provider."""
        return self._named(_ATTEMPT)

    def set_attempt(self, answer: Response, attempt: str, lasts_s: int) -> None:
        """Set the cookie of somebody who leaves for a sign-in provider; it is sent when they come back from there."""
        answer.set_cookie(self.attempt, attempt, lasts_s, httponly=True, samesite="lax", secure=self.secure)

    def remove_attempt(self, answer: Response) -> Response:
        """Remove that cookie with an answer and return it."""
        answer.delete_cookie(self.attempt, httponly=True, samesite="lax", secure=self.secure)
        return answer

    def set(self, answer: Response, *, session: str, browser: str = "") -> Response:
        """Set them in an answer and return it; no script can read them, and no other site can have them sent.

        Args:
            answer: The answer.
            session: Secret of the new session.
            browser: Secret of the browser; "" = that cookie stays as it is.
        """
        answer.set_cookie(self.session, session, httponly=True, samesite="strict", secure=self.secure)
        if browser:
            answer.set_cookie(self.browser, browser, _BROWSER_S, httponly=True, samesite="strict", secure=self.secure)
        return answer

    def remove_session(self, answer: Response) -> Response:
        """Remove the session's cookie with an answer and return it."""
        answer.delete_cookie(self.session, httponly=True, samesite="strict", secure=self.secure)
        return answer

    def _named(self, name: str) -> str:
        return f"{'__Host-' * self.secure}{name}_{self.gateway}"
