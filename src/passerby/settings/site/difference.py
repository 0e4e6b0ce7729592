"""What differs between two site files, key by key, without secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, SecretStr

SECRET = "(secret)"  # noqa: S105 - what is written instead of one
ABSENT = "(absent)"
_LONGEST = 200


def settings_difference(old: BaseModel, new: BaseModel) -> dict[str, str]:
    """Return each key that differs, with its old and new value.

    A list's items have their names as keys. Of a secret it is only said that it changed.

    Args:
        old: Settings, or a section of them.
        new: Others of the same class.
    """
    before, after = dict(_flat("", old)), dict(_flat("", new))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: _change(_shown(before.get(key)), _shown(after.get(key))) for key in keys}


def settings_texts(settings: BaseModel) -> dict[str, str]:
    """Return each key with its value as text, without secrets: to be compared with others later."""
    return {key: _shown(value) for key, value in _flat("", settings)}


def texts_difference(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return each key of `settings_texts` that differs, with its old and new value."""
    keys = [key for key in {**old, **new} if old.get(key, ABSENT) != new.get(key, ABSENT)]
    return {key: _change(old.get(key, ABSENT), new.get(key, ABSENT)) for key in keys}


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _flat(f"{path}.{name}" if path else name, getattr(value, name))
    elif isinstance(value, tuple | list) and any(isinstance(each, BaseModel) for each in value):
        for number, each in enumerate(value):
            yield from _flat(f"{path}.{_name(each, number)}", each)
    else:
        yield path, value


def _change(old: str, new: str) -> str:
    return f"{old} -> {new}"


def _name(item: object, number: int) -> str:
    return str(getattr(item, "name", None) or getattr(item, "place", None) or number)


def _shown(value: object) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, SecretStr):
        return SECRET
    if isinstance(value, tuple | list | set | frozenset):
        text = ", ".join(sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value))
    else:
        text = str(value)
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}... (SHA-256 {hashlib.sha256(text.encode()).hexdigest()[:16]})"
