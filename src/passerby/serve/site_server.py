"""The web server of a site, with its accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from passerby.accounts.accounts import Accounts
from passerby.accounts.oidc_plan import OidcPlan, RoleRule
from passerby.accounts.proxy_sign_in import ProxyTrust
from passerby.accounts.role import Role
from passerby.accounts.session import SessionLimits
from passerby.accounts.two_person_request import Matter
from passerby.audit.entry import AuditSink
from passerby.audit.log_witness import LogWitness, witness_folder
from passerby.audit.note import parsed_key
from passerby.errors import SettingError
from passerby.outputs.log_origin import log_origin
from passerby.serve.gateway import Gateway
from passerby.serve.server import WebServer
from passerby.serve.signal_source import SignalSource
from passerby.serve.tls import OwnCertificate, own_certificate
from passerby.settings.site.site import SiteSettings

_HOUR_S = 3600.0


def site_server(
    gateway: Gateway,
    site: SiteSettings,
    signals: SignalSource | None,
    audit: AuditSink | None,
    /,
    *,
    clock: Callable[[], float],
) -> WebServer:
    """Return the web server of a site; its port is open.

    Args:
        gateway: Where statuses and covered streams come from.
        site: The site.
        signals: Where signals come from; None: the site has none.
        audit: Takes entries about what people do; None = nothing is logged.
        clock: The system's clock, UTC since 1970, s.

    Raises:
        SettingError: As `WebServer`.
        OutputError: As `WebServer`; or its own certificate cannot be written.
        StoreError: The database of accounts cannot be read.
    """
    limits = SessionLimits(site.accounts.idle_h * _HOUR_S, site.accounts.session_h * _HOUR_S)
    accounts = Accounts(
        site.accounts_address,
        site=site.site,
        clock=clock,
        limits=limits,
        groups=site.cameras_by_group,
        audit=audit,
        proxy=_proxy(site),
        oidc=_oidc(site),
        request_s=site.accounts.two_persons_h * _HOUR_S,
        two_persons=frozenset(map(Matter, site.accounts.two_persons)),
    )
    try:
        own, witness = _own_certificate(site, clock), _witness(site, clock)
        web = site.web
        if own is not None:
            web = web.model_copy(update={"certificate": own.path, "private_key": own.key})
        server = WebServer(gateway, web, signals, accounts=accounts, state_folder=site.state_folder)
    except BaseException:
        accounts.store.close()
        raise
    server.set_witness(witness)
    server.fingerprint = "" if own is None else own.fingerprint
    return server


def _proxy(site: SiteSettings) -> ProxyTrust | None:
    named = site.accounts.proxy
    if named is None:
        return None
    secret = named.secret.get_secret_value()
    return ProxyTrust(named.user_header, named.secret_header, secret, named.address_header or "")


def _oidc(site: SiteSettings) -> OidcPlan | None:
    named = site.accounts.oidc
    if named is None:
        return None
    rules = (RoleRule(each.value, Role(each.role), frozenset(each.groups) or None) for each in named.roles)
    return OidcPlan(
        named.issuer,
        named.client,
        named.secret.get_secret_value(),
        scopes=named.scopes,
        name_claim=named.name_claim,
        role_claim=named.role_claim,
        rules=tuple(rules),
        sign_out_there=named.sign_out_there,
    )


def _witness(site: SiteSettings, clock: Callable[[], float]) -> LogWitness | None:
    if not site.audit.witness_for:
        return None
    try:
        keys = [parsed_key(each) for each in site.audit.witness_for]
    except ValueError as error:
        msg = f"{error}; copy the line in audit/log/log.vkey of the other gateway"
        raise SettingError(msg, "audit.witness_for") from error
    return LogWitness(
        witness_folder(site.state_folder), log_origin(site.site, "witness", site.state_folder), keys, clock=clock
    )


def _own_certificate(site: SiteSettings, clock: Callable[[], float]) -> OwnCertificate | None:
    """Return a certificate if other machines can reach the page and the site names none."""
    if site.web.is_local or site.web.certificate is not None:
        return None
    names = (site.web.host, *site.web.names)
    return own_certificate(site.state_folder, names, now=datetime.fromtimestamp(clock(), UTC))
