"""What a wrong value should be instead, in words, from the bounds and choices that the settings declare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from pydantic.fields import FieldInfo

_BOUNDS = ("ge", "gt", "le", "lt")
_PLAIN = {
    "float_parsing": "give a number",
    "float_type": "give a number",
    "finite_number": "give a finite number",
    "int_parsing": "give a whole number",
    "int_type": "give a whole number",
    "int_from_float": "give a whole number",
    "bool_parsing": "give true or false",
    "bool_type": "give true or false",
    "string_type": "give text in quotation marks",
    "list_type": "give a list in square brackets",
    "tuple_type": "give a list in square brackets",
    "model_type": "give names and values in braces",
    "model_attributes_type": "give names and values in braces",
    "string_pattern_mismatch": "use no line breaks or control characters",
}
_LARGE = 1e6


def remedy(error: Any, field: FieldInfo | None, *, quote: str = "") -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return what is allowed in place of a wrong value; for other errors, what is wrong.

    Args:
        error: One of the errors of a `ValidationError`.
        field: The field that it is about, if it is about one.
        quote: Sign around the words that may be chosen.
    """
    kind = error["type"]
    context = error.get("ctx", {})
    limits = {name: context[name] for name in _BOUNDS if name in context}
    if limits:
        return f"give {number_within(limits | ({} if field is None else bounds([field])))}"
    if kind in {"enum", "literal_error"}:
        return f"choose {context['expected'].replace(chr(39), quote)}"
    if kind == "too_short":
        return f"give at least {context['min_length']}"
    if kind in {"too_long", "string_too_long"}:
        return f"give at most {context['max_length']}"
    text = _PLAIN.get(kind, error["msg"].removeprefix("Value error, "))
    return f"{text[0].lower()}{text[1:]}"


def bounds(parts: Iterable[Any]) -> dict[str, float]:
    """Return the least and greatest values that fields or annotations declare, also those of the items of a list.

    >>> from typing import Annotated
    >>> from pydantic import Field
    >>> bounds([Annotated[int, Field(ge=64, le=8192)]])
    {'ge': 64, 'le': 8192}
    """
    found: dict[str, float] = {}
    for part in parts:
        found |= {name: getattr(part, name) for name in _BOUNDS if isinstance(getattr(part, name, None), int | float)}
        inner = (*part.metadata, part.annotation) if isinstance(part, FieldInfo) else get_args(part)
        found |= bounds(inner)
    return found


def number_within(limits: dict[str, float]) -> str:
    """Return bounds in words.

    >>> number_within({"ge": 0.01, "le": 0.9}), number_within({"gt": 0, "le": 60}), number_within({"ge": 1})
    ('a number from 0.01 to 0.9', 'a number above 0, up to 60', 'at least 1')
    """
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    above, below = "ge" not in limits, "le" not in limits
    if low is None or high is None:
        if low is not None:
            return f"{'more than' if above else 'at least'} {_shown(low)}"
        return f"{'less than' if below else 'at most'} {_shown(high or 0)}"
    if not (above or below):
        return f"a number from {_shown(low)} to {_shown(high)}"
    start = f"above {_shown(low)}" if above else f"from {_shown(low)}"
    return f"a number {start}, {'below' if below else 'up to'} {_shown(high)}"


def _shown(value: float) -> str:
    return f"{value:g}" if abs(value) < _LARGE else f"{value:.0f}"
