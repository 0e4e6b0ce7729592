"""Checkpoints reach a second place, with a time stamp; what is away there delays nothing here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.audit.authority import Authority, served
from tests.waiting import until

from passerby.audit import checkpoint_sender
from passerby.audit.checkpoint_sender import CheckpointSender
from passerby.audit.second_place import SecondPlace
from passerby.audit.timestamp import request_timestamp, stamped_at
from passerby.errors import AuditError, UsageError

DAY_S = datetime(2026, 11, 28, 23, 0, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tsa") / "authority")


def test_a_time_stamp_is_verified_by_the_authoritys_certificate_alone(authority):
    with served(authority.answer) as url:
        stamp = request_timestamp(url, b"checkpoint")
    assert abs((stamped_at(stamp, b"checkpoint", authority.root) - datetime.now(UTC)).total_seconds()) < 3600
    with pytest.raises(AuditError, match="is not valid"):
        stamped_at(stamp, b"another checkpoint", authority.root)
    with pytest.raises(UsageError, match="is not a certificate"):
        stamped_at(stamp, b"checkpoint", b"no certificate")
    with pytest.raises(AuditError, match="not a time stamp"):
        stamped_at(b"nothing", b"checkpoint", authority.root)


def test_a_time_stamp_by_another_authority_does_not_hold(authority, tmp_path):
    with served(authority.answer) as url:
        stamp = request_timestamp(url, b"checkpoint")
    with pytest.raises(AuditError, match="is not valid"):
        stamped_at(stamp, b"checkpoint", Authority(tmp_path / "other").root)


def test_an_answer_that_is_replayed_or_garbage_is_refused(authority):
    with served(authority.answer) as url:
        old = request_timestamp(url, b"checkpoint")
    with served(lambda _: old) as url, pytest.raises(AuditError, match="of something else"):
        request_timestamp(url, b"checkpoint")
    with served(lambda _: b"<html>") as url, pytest.raises(AuditError, match="not a time stamp"):
        request_timestamp(url, b"checkpoint")


def test_a_service_that_is_away_is_named():
    with served(lambda _: b"") as url:
        pass
    with pytest.raises(AuditError, match=r"no time stamp .* check timestamp_url"):
        request_timestamp(url, b"checkpoint")


def test_the_last_checkpoint_of_each_day_is_there(tmp_path):
    times = iter([DAY_S, DAY_S + 7200])
    for text in (b"first day", b"second day"):
        at_s = next(times)
        with CheckpointSender(
            SecondPlace(tmp_path, gateway=lambda: "0a", clock=lambda at_s=at_s: at_s), "copies"
        ) as place:
            place.put(b"earlier")
            place.put(text)
    names = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert names == {"checkpoint-2026-11-28-0a": b"first day", "checkpoint-2026-11-29-0a": b"second day"}


def test_a_days_first_checkpoint_is_stamped_once_and_stored_with_its_stamp(tmp_path, authority, monkeypatch):
    monkeypatch.setattr(checkpoint_sender, "EVERY_S", 0.01)
    asked = []

    def answer(query):
        asked.append(query)
        return authority.answer(query)

    with (
        served(answer) as url,
        CheckpointSender(
            SecondPlace(tmp_path, gateway=lambda: "0a", clock=lambda: DAY_S, timestamp_url=url), "copies"
        ) as place,
    ):
        place.put(b"one")
        until((tmp_path / "timestamp-2026-11-28-0a.checkpoint").exists)
        place.put(b"two")
        until(lambda: (tmp_path / "checkpoint-2026-11-28-0a").read_bytes() == b"two")
    assert len(asked) == 1
    stamp = (tmp_path / "timestamp-2026-11-28-0a.tsr").read_bytes()
    assert stamped_at(stamp, (tmp_path / "timestamp-2026-11-28-0a.checkpoint").read_bytes(), authority.root)


def test_two_gateways_that_share_a_folder_replace_nothing_of_each_other(tmp_path, authority):
    with served(authority.answer) as url:
        for gateway in ("0a", "0b"):
            place = SecondPlace(tmp_path, gateway=lambda own=gateway: own, clock=lambda: DAY_S, timestamp_url=url)
            place(gateway.encode())
    for gateway in ("0a", "0b"):
        assert (tmp_path / f"checkpoint-2026-11-28-{gateway}").read_bytes() == gateway.encode()
        stamp = (tmp_path / f"timestamp-2026-11-28-{gateway}.tsr").read_bytes()
        assert stamped_at(stamp, (tmp_path / f"timestamp-2026-11-28-{gateway}.checkpoint").read_bytes(), authority.root)


def test_a_link_that_somebody_plants_in_the_share_leads_nowhere(tmp_path):
    share, own = tmp_path / "share", tmp_path / "site.yaml"
    share.mkdir()
    own.write_text("site: arena\n")
    for name in (".checkpoint-2026-11-28-0a.partial", "checkpoint-2026-11-28-0a"):
        (share / name).symlink_to(own)
    SecondPlace(share, gateway=lambda: "0a", clock=lambda: DAY_S)(b"one")
    assert own.read_text() == "site: arena\n"
    assert (share / "checkpoint-2026-11-28-0a").read_bytes() == b"one"
    assert not (share / "checkpoint-2026-11-28-0a").is_symlink()


def test_a_share_that_is_away_is_reported_and_gets_the_newest_when_it_is_back(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_sender, "EVERY_S", 0.01)
    share = tmp_path / "share"
    with CheckpointSender(SecondPlace(share, gateway=lambda: "0a", clock=lambda: DAY_S), "copies") as place:
        place.put(b"one")
        until(lambda: "mount or create it" in place.problem)
        place.put(b"two")
        share.mkdir()
        until((share / "checkpoint-2026-11-28-0a").exists)
        until(lambda: not place.problem)
    assert (share / "checkpoint-2026-11-28-0a").read_bytes() == b"two"
