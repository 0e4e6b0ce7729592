"""How a site signs people in by an OpenID provider; needs none of its libraries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from passerby.accounts.role import Role

ATTEMPT_S: Final = 600
"""Somebody must come back from the provider within this time."""


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What the people may do who have a value in the claim of roles.

    Args:
        value: The value.
        role: Their role.
        groups: Groups of cameras; None = all cameras.
    """

    value: str
    role: Role
    groups: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class OidcPlan:
    """An OpenID provider, and what its claims mean here.

    Args:
        issuer: Its issuer, exactly as it names itself.
        client_id: The gateway's name there.
        client_secret: The gateway's secret there.
        scopes: Scopes to ask for, besides openid.
        name_claim: Claim that an account is named by.
        role_claim: Claim with the values of `rules`: a text or a list of texts.
        rules: The first one that applies counts; if none does, nobody gets in.
        sign_out_there: Whether somebody who signs out here also signs out at the provider.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    name_claim: str
    role_claim: str
    rules: tuple[RoleRule, ...]
    sign_out_there: bool = True

    def rule(self, claims: Mapping[str, Any]) -> RoleRule | None:
        """Return the rule for somebody; None = they may do nothing.

        Args:
            claims: What the provider says about them.
        """
        given = claims.get(self.role_claim)
        values = given if isinstance(given, list) else [given]  # a claim of another kind equals none of the texts
        return next((each for each in self.rules if each.value in values), None)
