"""JSON Schemas of what the logs hold."""

from __future__ import annotations

import json
from typing import Any

from passerby.audit.entry import AuditKind

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def entry_schema_json() -> str:
    """Return the JSON Schema of an entry of the audit log, as it is exported; the log holds it without index and at."""
    properties: dict[str, Any] = {
        "index": {"type": "integer", "minimum": 0, "description": "Its number in the log, from 0."},
        "at": {"type": "string", "format": "date-time", "description": "When, UTC."},
        "at_s": {"type": "number", "description": "When, UTC since 1970, s."},
        "kind": {"enum": [*AuditKind], "description": "What happened."},
        "account": {
            "type": ["string", "null"],
            "description": "The operator's account or API token that did it; null = the gateway itself.",
        },
        "subject": {
            "type": "string",
            "description": "A camera, place, setting, account or alert; empty = the whole site.",
        },
        "details": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            "description": "More about it; never a secret, and nothing about people who are filmed.",
        },
    }
    return _schema("Audit entry", properties, required=["account", "at_s", "details", "kind", "subject"])


def cover_day_schema_json() -> str:
    """Return the JSON Schema of an entry of the public log of cover failures."""
    count = {"type": "integer", "minimum": 0}
    sha256 = {"type": "string", "pattern": "^([0-9a-f]{64})?$"}
    properties: dict[str, Any] = {
        "site": {"type": "string", "description": "Name of the site."},
        "camera": {"type": "string", "description": "Name of the camera."},
        "day": {"type": "string", "format": "date", "description": "Date in the site's time zone."},
        "observed_s": {
            "type": "number",
            "minimum": 0,
            "description": "How long the gateway ran and had the camera on that day, s.",
        },
        "frames_shown": {**count, "description": "Covered pictures that were shown."},
        "covered_whole": {
            "type": "object",
            "additionalProperties": count,
            "description": "How many of them were covered whole, by reason.",
        },
        "cover_failures": {
            **count,
            "description": "How often a fault began because of which the camera was covered whole.",
        },
        "self_tests": {**count, "description": "Self-tests of the detectors that ended."},
        "self_tests_failed": {**count, "description": "How many of them the detectors failed."},
        "serviceability": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "Share of the observed time with a usable, correctly covered picture.",
        },
        "networks_sha256": {**sha256, "description": "Hash of the hashes of the networks in use; empty = unknown."},
        "settings_sha256": {**sha256, "description": "Hash of the site's settings without secrets."},
        "software": {"type": "string", "description": "Version of passerby."},
    }
    required = [*properties]
    properties["watchdog"] = _watchdog_schema(count)  # days from before there were watchdogs do not have it
    return _schema("Day of a camera", properties, required=required)


def _watchdog_schema(count: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what watchdogs saw on a day."""
    by_day = {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
    properties: dict[str, Any] = {
        "watched_s": {"type": "number", "minimum": 0, "description": "How long they got the stream, s."},
        "looks": {**count, "description": "Frames drawn at random that were inspected."},
        "looks_missed": {**count, "description": "Drawn frames that could not be inspected; they count as exposed."},
        "findings": {**count, "description": "How often a finding covered the camera whole."},
        "head_frames_per_h_at_most": {
            "type": ["number", "null"],
            "minimum": 0,
            "description": "Upper bound (95 %) of exposed heads times frames, an hour; null = nothing can be said.",
        },
        "commitments": {**by_day, "description": "SHA-256 of the seeds of their draws, by day (UTC)."},
        "seeds": {**by_day, "description": "Seeds of days that are over, by day (UTC)."},
    }
    return {
        "type": ["object", "null"],
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
        "description": "What watchdogs saw; null or absent = none observed the camera, not that none found anything.",
    }


def _schema(title: str, properties: dict[str, Any], *, required: list[str]) -> str:
    schema = {
        "$schema": _DRAFT,
        "title": title,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return json.dumps(schema, indent=2) + "\n"
