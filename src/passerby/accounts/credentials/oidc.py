"""An OpenID provider: Authorization Code with PKCE, and ID tokens that are checked before anything in them counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from passerby.accounts.oidc_plan import OidcPlan
from passerby.errors import ProviderError

_TIMEOUT_S: Final = 5.0
_KNOWN_S: Final = 300.0
_LEEWAY_S: Final = 30
"""By how much the provider's clock may be off."""
# signed with a private key: neither unsigned, nor with the client's secret
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LOGOUT_S: Final = 120.0
"""A message that somebody has signed out at the provider counts for so long."""
_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """That somebody has signed out at the provider.

    Args:
        subject: The person.
        number: Number of this message.
    """

    subject: str
    number: str


class Provider:
    """Talks to an OpenID provider; used from several threads.

    Args:
        plan: The provider.
        clock: The system's clock, UTC since 1970, s.
        monotonic: Monotonic time, s.
    """

    def __init__(self, plan: OidcPlan, *, clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._plan = plan
        self._clock = clock
        self._monotonic = monotonic
        self._known: tuple[float, dict[str, Any]] | None = None
        self._lock = threading.Lock()

    def address(self, redirect: str, *, state: str, nonce: str, verifier: str) -> str:
        """Return where a browser goes to sign in.

        Args:
            redirect: Where the provider sends the browser afterwards.
            state: What it brings back.
            nonce: What the ID token must contain.
            verifier: What proves at the end that it was this gateway that has begun.

        Raises:
            ProviderError: The provider does not answer, or answers nonsense.
        """
        query = {
            "response_type": "code",
            "client_id": self._plan.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(("openid", *self._plan.scopes)),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        endpoint = str(self._metadata()["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def claims(self, code: str, redirect: str, *, nonce: str, verifier: str) -> dict[str, Any]:
        """Return what the provider says about somebody.

        Args:
            code: What the browser brought back.
            redirect: As in `address`.
            nonce: As in `address`.
            verifier: As in `address`.

        Raises:
            ProviderError: The provider does not answer or refuses the code, or its ID token is forged, for somebody
                else, late, or for another sign-in.
        """
        found = self._metadata()
        with self._client() as client:
            token = self._id_token(client, found, {"code": code, "redirect_uri": redirect, "code_verifier": verifier})
            keys = _answer(lambda: client.get(found["jwks_uri"]))
        try:
            decoded = _decoded(token, keys)
            options: Any = {
                "iss": {"essential": True, "value": self._plan.issuer},
                "aud": {"essential": True, "value": self._plan.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            }
            parameters = {"nonce": nonce, "client_id": self._plan.client_id}
            checked = CodeIDToken(decoded.claims, decoded.header, options, parameters)
            checked.validate(now=int(self._clock()), leeway=_LEEWAY_S)
        except Exception as error:  # the libraries raise many types of errors for malformed tokens
            msg = "the answer of the sign-in provider is not valid; sign in again"
            raise ProviderError(msg, "answer") from error
        return dict(checked)

    def sign_out_address(self, back: str) -> str:
        """Return where a browser goes to sign out at the provider; "" = it cannot.

        Args:
            back: Where the provider sends the browser afterwards.

        Raises:
            ProviderError: The provider does not answer, or answers nonsense.
        """
        endpoint = self._metadata().get("end_session_endpoint")
        if not _is_safe(endpoint):
            return ""
        query = urlencode({"client_id": self._plan.client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in str(endpoint) else '?'}{query}"

    def signed_out(self, token: str) -> LogoutNotice:
        """Return who has signed out at the provider (OpenID Connect Back-Channel Logout 1.0).

        Args:
            token: The logout token that the provider has sent.

        Raises:
            ProviderError: It is forged, late or for another client, or the provider does not answer.
        """
        found = self._metadata()
        with self._client() as client:
            keys = _answer(lambda: client.get(found["jwks_uri"]))
        try:
            claims = dict(_decoded(token, keys).claims)
        except Exception as error:  # as above
            raise _no_notice() from error
        given, now_s = claims.get("aud"), self._clock()
        audience = given if isinstance(given, list) else [given]
        events, issued_s, ends_s = claims.get("events"), claims.get("iat"), claims.get("exp", now_s)
        right = (
            claims.get("iss") == self._plan.issuer
            and self._plan.client_id in audience
            and "nonce" not in claims  # an ID token is no logout token
            and isinstance(events, dict)
            and _LOGOUT in events
            and isinstance(issued_s, int | float)
            and isinstance(ends_s, int | float)
            and abs(now_s - issued_s) <= LOGOUT_S
            and ends_s >= now_s - _LEEWAY_S
            and all(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "jti"))
        )
        if not right:
            raise _no_notice()
        return LogoutNotice(claims["sub"], claims["jti"])

    def _id_token(self, client: httpx.Client, found: Mapping[str, Any], form: dict[str, str]) -> str:
        form = {"grant_type": "authorization_code", **form}
        own = (self._plan.client_id, self._plan.client_secret)
        ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = "client_secret_basic" in ways
        if not basic:
            form |= {"client_id": own[0], "client_secret": own[1]}
        proof = httpx.BasicAuth(*map(quote_plus, own)) if basic else httpx.Auth()
        answer = _answer(lambda: client.post(found["token_endpoint"], data=form, auth=proof), wrong="answer")
        token = answer.get("id_token")
        if not isinstance(token, str):
            msg = "the sign-in provider sent no ID token; check the gateway's client there"
            raise ProviderError(msg, "answer")
        return token

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            if self._known is not None and self._monotonic() - self._known[0] < _KNOWN_S:
                return self._known[1]
            with self._client() as client:
                place = f"{self._plan.issuer.rstrip('/')}/.well-known/openid-configuration"
                found = _answer(lambda: client.get(place))
            if found.get("issuer") != self._plan.issuer or not all(_is_safe(found.get(each)) for each in _ENDPOINTS):
                msg = "what the sign-in provider publishes is wrong; check accounts.oidc.issuer in the site file"
                raise ProviderError(msg, "down")
            self._known = (self._monotonic(), found)
            return found

    @staticmethod
    def _client() -> httpx.Client:
        return httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, headers={"Accept": "application/json"})


def _decoded(token: str, keys: Mapping[str, Any]) -> jwt.Token:
    return jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=list(_ALGORITHMS))


def _no_notice() -> ProviderError:
    return ProviderError("this is not a valid logout token of the sign-in provider", "answer")


def _answer(ask: Callable[[], httpx.Response], *, wrong: str = "down") -> dict[str, Any]:
    """Return a JSON object; an error names no address, code or secret."""
    try:
        answer = ask()
        found = answer.json() if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        msg = "the sign-in provider does not answer; try again later, or sign in another way"
        raise ProviderError(msg, "down") from error
    if not isinstance(found, dict):
        msg = f"the sign-in provider refuses to answer (status {answer.status_code}); sign in again, or another way"
        raise ProviderError(msg, wrong)
    return found


def _is_safe(address: object) -> bool:
    """Return whether an address is one of HTTPS, or of this machine."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))
