"""Passkeys (WebAuthn): key pairs whose private half stays in a person's device or security key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from passerby.errors import SignInError

Answer: TypeAlias = Mapping[str, Any]
"""What a browser makes of a passkey's answer: PublicKeyCredential.toJSON()."""
TIMEOUT_MS: Final = 120_000
_VERIFIED: Final = UserVerificationRequirement.REQUIRED  # a PIN or the device's own lock: two factors in one
_LONGEST: Final = 1023  # bytes of an id, by the specification


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Where the page was opened: passkeys belong to one host name.

    Args:
        host: The host name, which is the relying party's id.
        origins: Origins that the page can have there, such as https://gateway.example.org.
    """

    host: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a passkey.

    Args:
        credential: Its id, in base64url.
        key: The key in COSE form, in base64url.
        count: How often it was used, by its own account; 0 = it does not count.
    """

    credential: str
    key: str
    count: int


def registration_options(
    place: RelyingParty, *, site: str, account: str, handle: bytes, challenge: bytes, taken: Collection[str]
) -> dict[str, Any]:
    """Return what a browser needs to make a passkey (PublicKeyCredentialCreationOptionsJSON).

    Args:
        place: Where the page was opened.
        site: Name of the site.
        account: Name of the account.
        handle: By which devices know the account, 32 bytes.
        challenge: What the answer must contain.
        taken: Ids of the account's passkeys: no device makes a second one.
    """
    options = generate_registration_options(
        rp_id=place.host,
        rp_name=f"passerby {site}".strip(),
        user_name=account,
        user_id=handle,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,  # a full security key can still be used with the name
            user_verification=_VERIFIED,
        ),
        exclude_credentials=_listed(taken),
    )
    return options_to_json_dict(options)


def sign_in_options(place: RelyingParty, *, challenge: bytes, allowed: Collection[str]) -> dict[str, Any]:
    """Return what a browser needs to ask for a passkey (PublicKeyCredentialRequestOptionsJSON).

    Args:
        place: Where the page was opened.
        challenge: What the answer must contain.
        allowed: Ids of passkeys; none = any that the person's device knows for this host name.
    """
    options = generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_listed(allowed),
        user_verification=_VERIFIED,
    )
    return options_to_json_dict(options)


def challenge_in(answer: Answer) -> bytes:
    """Return the challenge that an answer claims to be for.

    Raises:
        SignInError: It is not an answer of a passkey.
    """
    try:
        return parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"])).challenge
    except Exception as error:  # the library raises many types of errors for malformed answers
        raise _malformed() from error


def credential_in(answer: Answer) -> tuple[str, bytes | None]:
    """Return the id of the passkey that claims to have answered, and the handle of its account if it knows it.

    Raises:
        SignInError: It is not an answer of a passkey.
    """
    try:
        parsed = parse_authentication_credential_json(dict(answer))
    except Exception as error:  # as above
        raise _malformed() from error
    return bytes_to_base64url(parsed.raw_id), parsed.response.user_handle


def registered(answer: Answer, place: RelyingParty, challenge: bytes) -> PublicKey:
    """Return the public key of a new passkey.

    Args:
        answer: The browser's answer.
        place: Where the page was opened.
        challenge: What the answer must contain.

    Raises:
        SignInError: The answer is malformed, for another page or challenge, or the person was not verified.
    """
    try:
        found = verify_registration_response(
            credential=parse_registration_credential_json(dict(answer)),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=list(place.origins),
            require_user_verification=True,
        )
    except Exception as error:  # as above
        msg = "the answer of the device is not valid here; try again, or use another device"
        raise SignInError(msg) from error
    if len(found.credential_id) > _LONGEST:
        raise _malformed()
    return PublicKey(
        bytes_to_base64url(found.credential_id), bytes_to_base64url(found.credential_public_key), found.sign_count
    )


def new_count(answer: Answer, key: PublicKey, place: RelyingParty, challenge: bytes) -> int:
    """Return how often a passkey was used by now, if an answer was made with it.

    Args:
        answer: The browser's answer.
        key: The passkey as it is known.
        place: Where the page was opened.
        challenge: What the answer must contain.

    Raises:
        SignInError: The signature is wrong, the answer is for another page or challenge, the person was not verified,
            or the count has not grown: somebody has copied the passkey.
    """
    try:
        found = verify_authentication_response(
            credential=parse_authentication_credential_json(dict(answer)),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=list(place.origins),
            credential_public_key=base64url_to_bytes(key.key),
            credential_current_sign_count=key.count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        msg = "this passkey is not valid here; try again, or sign in another way"
        raise SignInError(msg) from error
    return found.new_sign_count


def _listed(credentials: Collection[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in credentials]


def _malformed() -> SignInError:
    return SignInError("this is not the answer of a passkey; load the page again")
