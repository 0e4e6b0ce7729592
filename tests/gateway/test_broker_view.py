"""What is out of the broker's groups does not reach it: no status, no signal, not even a sum."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.gateway.test_hosts import DOOR, site
from tests.store.made import signal

from passerby.gateway.broker_view import BrokerView
from passerby.health.status import CameraStatus
from passerby.settings.site.site import SiteSettings

HALL = DOOR | {"name": "hall"}
OWNERS = {"yard": frozenset({"door"}), "both": frozenset({"door", "hall"}), "foyer": frozenset({"hall"})}


def view(folder: Path, groups: list[str] | None) -> BrokerView:
    plain = site(folder, DOOR, HALL).model_dump(mode="python", exclude_defaults=True)
    more = {"groups": [{"name": "east", "cameras": ["door"]}], "mqtt": {"host": "broker", "groups": groups}}
    return BrokerView(SiteSettings.model_validate(plain | more), lambda _site, place: OWNERS.get(place, frozenset()))


@pytest.mark.parametrize(
    ("groups", "cameras", "places", "counts"),
    [
        (None, ["door", "hall"], ["yard", "both", "foyer", "turnstile"], True),
        (["east"], ["door"], ["yard"], False),
        ([], [], [], False),
    ],
)
def test_the_broker_gets_what_its_groups_hold(
    tmp_path: Path, groups: list[str] | None, cameras: list[str], places: list[str], counts: bool
) -> None:
    seen = view(tmp_path, groups)
    sent: list[str] = []
    for name in ("door", "hall"):
        seen.statuses(lambda status: sent.append(status.camera))(CameraStatus(name))
    for place in ("yard", "both", "foyer", "turnstile"):
        seen.signals(lambda each: sent.append(each.place))(signal(1.0, place=place))
    assert sent == [*cameras, *places]
    assert [name for name in ("door", "hall") if seen.sees(name)] == cameras
    assert seen.counts == counts


def test_a_group_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"mqtt\.groups names west"):
        view(tmp_path, ["west"])
