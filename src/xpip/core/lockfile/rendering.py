"""A lock → the bytes of `pylock.toml`: the same for equal locks, a line for each file.

`packaging.pylock` holds the lock to its standard, which says that the order of keys and the use
of inline tables be stable. A lock has thousands of strings that need no escape: they are written as
they are, and only the others by a TOML library, which takes as long as all of resolving.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from packaging.pylock import Pylock, PylockValidationError

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
"""What a basic string holds as it is: printable ASCII but for quotes and backslashes."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def rendered(lock: Pylock) -> tuple[bytes, Pylock]:
    """The file (PEP 751), in UTF-8, with a newline at its end; and the lock as it will be read."""
    found = _as_table(lock)
    try:
        read = Pylock.from_dict(found)
    except PylockValidationError as error:
        raise AssertionError(f"the lock is none: {error}") from error
    return _text(found).encode(), read


def _as_table(value: Any) -> Any:
    """What `Pylock.to_dict` gives, which copies every string and moment on its way."""
    if isinstance(value, str | int | datetime):
        return value
    if is_dataclass(value):
        said = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {name.replace("_", "-"): _as_table(each) for name, each in said if each is not None}
    if isinstance(value, Mapping):
        return {key: _as_table(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_as_table(each) for each in value]
    return str(value)  # a version, a marker, a specifier


def _text(lock: Mapping[str, Any]) -> str:
    found = dict(lock)
    packages = found.pop("packages")
    tool = found.pop("tool")
    lines = list(_pairs(found))
    if not packages:
        lines.append("packages = []")
    for package in packages:
        values = dict(package)
        own = values.pop("tool", {})
        lines += ["", "[[packages]]", *_pairs(values), *_tools(own, "packages.tool")]
    lines += _tools(tool, "tool")
    return "\n".join([*lines, ""])


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(key)} = {_value(value)}" for key, value in values.items())


def _tools(tool: Mapping[str, Mapping[str, Any]], above: str) -> Iterator[str]:
    for name, values in tool.items():
        yield ""
        yield f"[{above}.{_key(name)}]"
        for key, value in values.items():
            yield f"{_key(key)} = {_scalar(value)}"


def _value(value: object) -> str:
    if isinstance(value, str):
        # Markers quote: in a literal string nothing is escaped.
        literal = '"' in value and "'" not in value and value.isprintable()
        return f"'{value}'" if literal else _scalar(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(_pairs(value))}}}"
    if isinstance(value, Sequence):
        return _array(value)
    return _scalar(value)


def _array(values: Sequence[object]) -> str:
    if len(values) > 1 or (values and isinstance(values[0], Mapping)):
        return "\n".join(["[", *(f"    {_value(value)}," for value in values), "]"])
    return f"[{', '.join(map(_value, values))}]"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _scalar(key)


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return f'"{value}"'
    if type(value) is int:
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is UTC:
        return value.replace(tzinfo=None).isoformat() + "Z"
    import tomlkit

    return tomlkit.item(value).as_string()
