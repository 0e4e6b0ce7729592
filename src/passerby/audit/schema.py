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
