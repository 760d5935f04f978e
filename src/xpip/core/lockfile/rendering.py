"""A lock → the bytes of `pylock.toml`: the same for equal locks, a line for each file.

`packaging.pylock` holds the lock to its standard, which says that the order of keys and the use
of inline tables be stable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from packaging.pylock import Pylock, PylockValidationError

if TYPE_CHECKING:
    from tomlkit.items import Array, InlineTable, Table


def rendered(lock: Pylock) -> bytes:
    """The file (PEP 751), in UTF-8, with a newline at its end."""
    import tomlkit

    try:
        lock.validate()
    except PylockValidationError as error:
        raise AssertionError(f"the lock is none: {error}") from error
    document = tomlkit.document()
    found = dict(lock.to_dict())
    packages = found.pop("packages")
    tool = found.pop("tool")
    for key, value in found.items():
        document[key] = _value(value)
    if packages:
        tables = tomlkit.aot()
        for package in packages:
            tables.append(_package(package))
        document["packages"] = tables
    else:
        document["packages"] = tomlkit.array()
    document["tool"] = _tools(tool)
    return tomlkit.dumps(document).encode()


def _package(package: Mapping[str, Any]) -> Table:
    import tomlkit

    table = tomlkit.table()
    for key, value in package.items():
        if key == "tool":
            table[key] = _tools(value)
        else:
            table[key] = _value(value)
    return table


def _tools(tool: Mapping[str, Mapping[str, Any]]) -> Table:
    import tomlkit

    tools = tomlkit.table(is_super_table=True)
    for name, values in tool.items():
        table = tomlkit.table()
        for key, value in values.items():
            table[key] = value
        tools[name] = table
    return tools


def _value(value: object) -> Any:
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _array(value)
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        import tomlkit

        # Markers quote: in a literal string nothing is escaped.
        return tomlkit.string(value, literal=True)
    return value


def _inline(values: Mapping[str, Any]) -> InlineTable:
    import tomlkit

    table = tomlkit.inline_table()
    for key, value in values.items():
        table.append(key, _value(value))
    return table


def _array(values: Sequence[object]) -> Array:
    import tomlkit

    array = tomlkit.array()
    array.multiline(bool(values) and (len(values) > 1 or isinstance(values[0], Mapping)))
    for value in values:
        array.append(_value(value))
    return array
