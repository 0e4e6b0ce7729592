"""What is signed can be read by others, and a single changed bit is found."""

from __future__ import annotations

import json
from dataclasses import replace

import c2pa
import pytest
from PIL import Image
from tests.audit.authority import Authority, served
from tests.release.made import ADDED, OPENED, changes, clip, report_of
from tests.waiting import until

from passerby.errors import OutputError, UsageError
from passerby.jobs.signing import Signing, sign_copy
from passerby.jobs.verifying import verify_copy
from passerby.release.certificate import issue
from passerby.release.manifest import read_manifest
from passerby.release.site_key import create_key
from passerby.release.statement import LABEL, VOUCHES, report_digest
from passerby.reports.redaction import SecondShare, WholeSpan


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A key that is valid today, whatever day that is: C2PA's reader takes the time of the machine."""
    from datetime import UTC, datetime

    return create_key(tmp_path_factory.mktemp("keys") / "site", "Example Daily", years=1, now=datetime.now(UTC))


@pytest.fixture
def unsigned(tmp_path):
    copy = clip(tmp_path / "hall_redacted.mp4")
    by_hand = changes(added=[ADDED], opened=[OPENED])
    return copy, report_of(copy, edits=by_hand, boxes=None).to_json().encode()


@pytest.fixture
def signed(unsigned, key, tmp_path):
    copy, report = unsigned
    path = tmp_path / "report.json"
    path.write_bytes(sign_copy(copy, report, Signing(key)))
    return copy, path


def test_a_foreign_reader_agrees_and_shows_the_report(signed, key):
    copy, _ = signed
    settings = c2pa.Settings.from_dict({"trust": {"trust_anchors": key.authority.decode()}})
    with c2pa.Context(settings) as context, c2pa.Reader(str(copy), context=context) as reader:
        assert reader.get_validation_state() == "Trusted"
        manifest = json.loads(reader.json())["manifests"][json.loads(reader.json())["active_manifest"]]
    assert manifest["signature_info"]["issuer"] == "Example Daily"
    assert manifest["claim_generator_info"][0]["name"] == "passerby"
    assert "ingredients" not in manifest  # the source is none
    found = {each["label"]: each["data"] for each in manifest["assertions"]}
    assert [each["action"] for each in found["c2pa.actions.v2"]["actions"]] == [
        "c2pa.created",
        "c2pa.edited",
        "c2pa.edited",
    ]
    cover = found[LABEL]
    assert cover["vouches_for"] == VOUCHES
    assert cover["covered_percent"] == "13 13 13"  # rounded up
    assert cover["by_hand"]["openings"][0]["reason"] == "a statue"
    assert verify_copy(copy, authorities=key.authority).trusted


def test_the_words_do_not_claim_that_nobody_can_be_seen():
    assert "does not show that nobody can be seen" in VOUCHES


@pytest.mark.parametrize("box", [b"mdat", b"moov", b"avcC", b"stts"])
def test_one_changed_bit_of_the_picture_is_found(signed, box):
    copy, report = signed
    content = bytearray(copy.read_bytes())
    content[content.index(box) + 40] ^= 1
    copy.write_bytes(content)
    assert broken(copy)
    found = verify_copy(copy, report=report)
    assert found.problems


def test_one_changed_bit_of_the_signed_report_is_found(signed):
    copy, _ = signed
    content = bytearray(copy.read_bytes())
    content[content.index(b"covered_share") + 16] ^= 1
    copy.write_bytes(content)
    assert broken(copy)


def broken(copy) -> bool:
    """Whether the foreign reader and ours both find a fault."""
    try:
        with c2pa.Reader(str(copy)) as reader:
            foreign = reader.get_validation_state() == "Invalid"
    except c2pa.C2paError:
        foreign = True
    own = bool(verify_copy(copy).problems)
    assert own == foreign
    return own


def test_every_changed_bit_of_the_report_file_is_found(signed, key):
    copy, path = signed
    good = path.read_bytes()
    assert not verify_copy(copy, authorities=key.authority, report=path).problems
    for at in [*range(0, len(good), 97), len(good) - 1, good.index(b'"copy_sha256"') + 20]:
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert verify_copy(copy, authorities=key.authority, report=path).problems, at


def test_a_signer_is_only_confirmed_by_the_authority_that_issued_the_certificate(signed, tmp_path):
    """Anybody can make a certificate with the name of a newspaper."""
    from datetime import UTC, datetime

    copy, _ = signed
    impostor = create_key(tmp_path / "impostor", "Example Daily", years=1, now=datetime.now(UTC))
    found = verify_copy(copy, authorities=impostor.authority)
    assert (found.signer, found.trusted, found.problems) == ("Example Daily", False, ())
    assert not verify_copy(copy).trusted


def test_the_source_is_bound_by_a_salted_hash_and_not_otherwise(unsigned, key, tmp_path):
    copy, report = unsigned
    source = clip(tmp_path / "secret source.mp4", seconds=1)
    new = sign_copy(copy, report, Signing(key, bind_source=True), recording=source)
    (tmp_path / "report.json").write_bytes(new)
    found = verify_copy(copy, recording=source, report=tmp_path / "report.json")
    assert found.confirmed == ("the report belongs to it", "it was made of this recording")
    assert b"secret source" not in copy.read_bytes()
    other = clip(tmp_path / "other.mp4", seconds=2)
    assert "is not the recording that it was made of" in verify_copy(copy, recording=other).problems[0]
    sign_copy(copy, new, Signing(key))  # again, without: the old signature is gone
    assert "without --bind-source" in verify_copy(copy, recording=source).problems[0]


@pytest.mark.served
def test_a_time_stamp_shows_when_it_was_signed(unsigned, key, tmp_path):
    copy, report = unsigned
    authority = Authority(tmp_path / "authority")
    with served(authority.answer) as address:
        sign_copy(copy, report, Signing(key, timestamp_url=address))
    found = verify_copy(copy, authorities=key.authority)
    assert found.signed_at
    assert not found.stamp_trusted  # anybody can run such a service
    assert not found.problems
    assert verify_copy(copy, authorities=key.authority + authority.root).stamp_trusted


@pytest.mark.served
@pytest.mark.slow
def test_a_copy_does_not_hold_once_its_certificate_has_expired_unless_it_has_a_time_stamp(unsigned, key, tmp_path):
    from datetime import UTC, datetime, timedelta

    copy, report = unsigned
    now = datetime.now(UTC)
    made = issue("Example Daily", begins=now - timedelta(hours=1), ends=now + timedelta(seconds=10))
    short = replace(key, certificates=made.certificate, private=made.private, authority=made.authority)
    stamped = clip(tmp_path / "stamped.mp4")
    authority = Authority(tmp_path / "authority")
    with served(authority.answer) as address:
        text = report_of(stamped, boxes=None).to_json().encode()
        sign_copy(stamped, text, Signing(short, timestamp_url=address))
    sign_copy(copy, report, Signing(short))
    assert not verify_copy(copy, authorities=made.authority).problems
    until(lambda: verify_copy(copy, authorities=made.authority).problems)
    (problem,) = verify_copy(copy, authorities=made.authority).problems
    assert "has expired, and no time stamp shows that it was signed before" in problem
    assert not verify_copy(stamped, authorities=made.authority + authority.root).problems


@pytest.mark.served
def test_a_service_that_gives_no_time_stamp_leaves_the_copy_as_it_was(unsigned, key):
    copy, report = unsigned
    before = copy.read_bytes()
    with served(lambda _: b"no") as address, pytest.raises(OutputError, match="cannot be signed"):
        sign_copy(copy, report, Signing(key, timestamp_url=address))
    assert copy.read_bytes() == before
    assert [each.name for each in copy.parent.iterdir()] == [copy.name]


def test_a_report_of_another_copy_is_refused(unsigned, key, tmp_path):
    copy, report = unsigned
    other = clip(tmp_path / "other.mp4", seconds=1)
    with pytest.raises(UsageError, match="is not the copy that the report is about"):
        sign_copy(other, report, Signing(key))
    with pytest.raises(UsageError, match="is not a report"):
        sign_copy(copy, b"{}", Signing(key))


def test_a_file_that_cannot_hold_a_signature_is_refused(tmp_path, key):
    other = clip(tmp_path / "copy.mkv")
    with pytest.raises(UsageError, match="cannot hold a signature; sign MP4"):
        sign_copy(other, report_of(other).to_json().encode(), Signing(key))
    assert "is not signed" in verify_copy(other).problems[0]


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_a_picture_can_be_signed(tmp_path, key, ending):
    copy = tmp_path / f"wall.{ending}"
    Image.new("RGB", (64, 48), (90, 120, 30)).save(copy)
    sign_copy(copy, report_of(copy, seconds=1).to_json().encode(), Signing(key))
    assert verify_copy(copy, authorities=key.authority).trusted


def test_a_manifest_of_a_long_recording_stays_small(tmp_path, key):
    """Ten hours, covered whole a thousand times: the report has all of it, the copy a summary and its hash."""
    copy = clip(tmp_path / "long.mp4", seconds=1)
    size = copy.stat().st_size
    seconds = [SecondShare(second=number, share=(number % 97) / 100) for number in range(36_000)]
    whole = [
        WholeSpan(first_frame=n, last_frame=n, start_s=float(n), reason="too dark to inspect") for n in range(1000)
    ]
    report = report_of(copy, covered_share_per_second=seconds, covered_whole=whole, boxes=None)
    sign_copy(copy, report.to_json().encode(), Signing(key))
    assert copy.stat().st_size - size < 10_000
    cover = read_manifest(copy).assertions[LABEL]
    assert cover["cover_step_s"] == 24
    assert cover["covered_percent"].startswith("23 47 ")  # the highest of its seconds


def test_the_digest_of_a_report_leaves_out_only_the_hash_of_the_copy():
    one = b'{"copy_name": "a", "copy_sha256": "' + b"a" * 64 + b'", "frames": 1}'
    assert report_digest(one) == report_digest(one.replace(b"a" * 64, b"b" * 64))
    assert report_digest(one) != report_digest(one.replace(b"1}", b"2}"))
    for wrong in (b"{}", one + one):
        with pytest.raises(UsageError):
            report_digest(wrong)


def test_a_copy_that_is_cut_off_does_not_hold(signed):
    copy, _ = signed
    content = copy.read_bytes()
    for length in (0, 10, 200, len(content) // 2, len(content) - 3):
        copy.write_bytes(content[:length])
        (problem,) = verify_copy(copy).problems
        assert "\n" not in problem, length
