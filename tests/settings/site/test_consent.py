"""What a second person must agree to before a site file changes."""

from __future__ import annotations

import pytest

from passerby.settings.site.consent import consent_needs
from passerby.settings.site.site import SiteSettings

CAMERA = {"address": "rtsp://10.0.0.5/live", "purpose": "Notice a blocked exit.", "legal_basis": "legitimate_interests"}
PUBLIC = {
    "cameras": ["door", "hall"],
    "controller": "Example Transit Ltd, 1 Station Square",
    "contact": "privacy@example.org",
}


def site(*pictures: str, delay_min: int = 60, **changes: object) -> SiteSettings:
    cameras = [{"name": name} | CAMERA for name in ("door", "hall")]
    public = PUBLIC | {"pictures": pictures, "delay_min": delay_min}
    return SiteSettings.model_validate({"site": "arena", "cameras": cameras, "public": public, **changes})


@pytest.mark.parametrize(
    ("old", "new", "needed"),
    [
        (site(), site("door"), [("door", {"public.pictures": "with door"})]),
        (site("door"), site("door", "hall"), [("hall", {"public.pictures": "with hall"})]),
        (site("door"), site("door", delay_min=15), [("door", {"public.delay_min": "60 -> 15"})]),
        (site("door"), site(), []),
        (site("door"), site("door", delay_min=120), []),
        (site(), site(delay_min=15), []),
    ],
    ids=["first picture", "another picture", "sooner", "fewer pictures", "later", "no picture"],
)
def test_more_public_pictures_need_a_second_person_without_any_setting(
    old: SiteSettings, new: SiteSettings, needed: list[tuple[str, dict[str, str]]]
) -> None:
    found = consent_needs(old, new)
    assert {each.rule for each in found} <= {"public_pictures"}
    assert [(each.subject, each.details) for each in found] == needed


def test_a_site_can_do_without_and_that_itself_needs_a_second_person() -> None:
    without = {"accounts": {"two_persons": ["export"]}}
    assert consent_needs(site(**without), site("door", **without)) == []
    (need,) = consent_needs(site(), site(**without))
    assert (need.rule, need.subject) == ("public_pictures", "arena")
