"""A log line says what happened to which camera, and why."""

from __future__ import annotations

import logging

from passerby.process.log_line import LogLine


def line(event: str, **more: object) -> str:
    return LogLine().format(logging.makeLogRecord({"msg": event, **more}))


def test_an_event_is_told_with_all_that_belongs_to_it():
    told = line("recording_stopped", camera="door", reason="/rec: the disk is full; free some space")
    assert told == "passerby: camera door: recording stopped, reason: /rec: the disk is full; free some space"


def test_an_event_of_no_camera_stands_alone():
    assert line("clock_jumped", seconds=12.5) == "passerby: clock jumped, seconds: 12.5"


def test_an_event_is_one_line_whatever_it_was_given():
    assert line("mqtt_disconnected", reason="one\ntwo") == "passerby: mqtt disconnected, reason: one two"
