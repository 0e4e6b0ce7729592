"""What differs between two site files, key by key, without secrets."""

from __future__ import annotations

from collections.abc import Iterator

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
    changed: dict[str, str] = {}
    for key in {**before, **after}:
        one, other = before.get(key), after.get(key)
        if one != other:
            changed[key] = f"{_shown(one)} -> {_shown(other)}"
    return changed


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _flat(f"{path}.{name}" if path else name, getattr(value, name))
    elif isinstance(value, tuple | list) and any(isinstance(each, BaseModel) for each in value):
        for number, each in enumerate(value):
            yield from _flat(f"{path}.{_name(each, number)}", each)
    else:
        yield path, value


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
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
