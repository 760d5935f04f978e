"""What is kept between runs: amounts, and what was removed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpip.cli.progress import Silent
from xpip.cli.rendering.talk import JSON_SCHEMA, say, show, show_json

if TYPE_CHECKING:
    from xpip.edge.cache.upkeep import Amount
    from xpip.operations.caching import Surveyed, Tidied, Verified

_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


class Patience(Silent):
    """Says that others are waited for."""

    def waiting(self) -> None:
        """Another run uses what is kept."""
        say("waiting for other xpip runs to end")


def show_surveyed(surveyed: Surveyed, *, as_json: bool) -> None:
    """A line for each kind."""
    amounts = dict(surveyed.kinds)
    if as_json:
        kinds = {kind: _data(amount) for kind, amount in amounts.items()}
        said = {"kinds": kinds, "other_versions": _data(surveyed.outdated)}
        _show_data({"directory": str(surveyed.directory), **said})
        return
    if surveyed.outdated.entries:
        amounts["left by other versions"] = surveyed.outdated
    width = max(map(len, amounts))
    for kind, amount in amounts.items():
        number = f"{amount.entries:,}"
        show(f"{kind:<{width}}  {number:>7}  {_shown(amount.size):>9}")
    say(f"{_shown(sum(each.size for each in amounts.values()))} in {surveyed.directory}")


def show_tidied(tidied: Tidied, *, as_json: bool) -> None:
    """How much was removed."""
    if as_json:
        _show_data({"directory": str(tidied.directory), "removed": _data(tidied.removed)})
        return
    say(f"removed {_entries(tidied.removed.entries)} ({_shown(tidied.removed.size)})")


def show_verified(verified: Verified, *, as_json: bool) -> None:
    """What was damaged, and how much was not."""
    if as_json:
        damaged = [
            {"kind": each.kind, "project": each.project, "path": str(each.path)}
            for each in verified.damaged
        ]
        read = {"read": verified.read, "damaged": damaged}
        _show_data({"directory": str(verified.directory), **read})
        return
    for each in verified.damaged:
        show(f"{each.kind} of {each.project}: damaged, removed: {each.path}")
    say(f"{_entries(verified.read)} read, {len(verified.damaged)} damaged")


def _show_data(data: dict[str, object]) -> None:
    show_json({"schema": JSON_SCHEMA, **data})


def _data(amount: Amount) -> dict[str, int]:
    return {"entries": amount.entries, "bytes": amount.size}


def _entries(number: int) -> str:
    return f"{number:,} entr{'y' if number == 1 else 'ies'}"


def _shown(size: int) -> str:
    for unit, length in _UNITS:
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size} B"
