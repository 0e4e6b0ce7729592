"""How a recording is covered over time, from what the index of its segments says."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.outputs.recording.written import begin_segment, write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.health.status import Redaction
from passerby.outputs.recording.cover_index import cover_index
from passerby.outputs.recording.encryption import load_or_make_key
from passerby.outputs.recording.segment import segments

BEGIN = datetime.fromtimestamp(BEGIN_S, UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def key(tmp_path):
    return load_or_make_key(tmp_path / "key")


def told(folder, step_s=1, end=timedelta(seconds=8), change=lambda each: each):
    found = [change(each) for each in segments(folder, "door")]
    return cover_index(found, BEGIN, BEGIN + end, step_s)


def test_one_second_of_a_segment_can_be_whole_and_another_without_a_picture(tmp_path, key):
    stream = packets(60)
    stream[25:31] = [replace(each, redaction=Redaction.WHOLE) for each in stream[25:31]]
    stream[44] = replace(stream[44], redaction=Redaction.NONE)
    write_segment(tmp_path / "r", "door", key, stream)
    index = told(tmp_path / "r")
    assert index.covered == (1, 1, 0, 0, 0, 1, 0, 0)
    assert index.whole == (0, 0, 1, 1, 0, 0, 0, 0)
    assert index.no_picture == (0, 0, 0, 0, 1, 0, 0, 0)
    assert told(tmp_path / "r", step_s=4).covered == (0.5, 0.25)


def test_a_segment_that_is_being_written_is_there_but_how_it_is_covered_is_not_known(tmp_path, key):
    writer = begin_segment(tmp_path / "r", "door", key, packets(60))
    (part,) = (tmp_path / "r" / "door").rglob("*.part")
    os.utime(part, (BEGIN_S + 3, BEGIN_S + 3))
    index = told(tmp_path / "r")
    assert index.unknown == (1, 1, 1, 0, 0, 0, 0, 0)
    writer.abandon()


@pytest.mark.parametrize(
    ("whole", "notices", "name"),
    [(0, 0, "covered"), (30, 0, "whole"), (0, 30, "no_picture"), (9, 0, "unknown"), (None, None, "unknown")],
)
def test_an_index_of_an_earlier_version_says_what_it_knows_of_whole_segments(tmp_path, key, whole, notices, name):
    write_segment(tmp_path / "r", "door", key, packets(30))
    index = told(tmp_path / "r", change=lambda each: replace(each, cover="", whole=whole, notices=notices))
    sums = {each: sum(getattr(index, each)) for each in ("covered", "whole", "no_picture", "unknown")}
    assert sums == {each: 3 if each == name else 0 for each in sums}


def test_what_is_written_wrongly_is_never_taken_for_covered(tmp_path, key):
    write_segment(tmp_path / "r", "door", key, packets(30))
    index = told(tmp_path / "r", change=lambda each: replace(each, cover="aé?"))
    assert sum(index.covered) == 3  # the counts of the segment, which say that all are covered
    index = told(tmp_path / "r", change=lambda each: replace(each, cover="a?a"))
    assert (index.covered[:3], index.unknown[:3]) == ((1, 0, 1), (0, 1, 0))
