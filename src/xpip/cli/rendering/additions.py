"""What was added to a mapping file, or would be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xpip.cli.rendering.talk import JSON_SCHEMA, say, show_json, show_text

if TYPE_CHECKING:
    from xpip.operations.maps.adding import Added


def show_added(added: Added, *, dry_run: bool, as_json: bool) -> None:
    """The rules as they are written, and where; before they are, the difference."""
    if as_json:
        show_json(_data(added, dry_run=dry_run))
        return
    if dry_run:
        show_text(added.diff)
    else:
        for line in _lines(added):
            say(line)
    for note in _notes(added):
        say(f"note: {note}")


def _lines(added: Added) -> Iterator[str]:
    if added.created:
        yield f"Created {added.source}."
    elif not added.diff:
        yield f"Nothing to do in {added.source}."
    for rule in added.edited.rules:
        yield f"{rule.verb} at {rule.place}:"
        yield from (f"    {line}" for line in rule.text.splitlines())


def _notes(added: Added) -> Iterator[str]:
    yield from added.edited.notes
    if added.default:
        yield f"all other names are left to {added.default} (--rest, --no-default)"


def _data(added: Added, *, dry_run: bool) -> dict[str, object]:
    return {
        "schema": JSON_SCHEMA,
        "dry_run": dry_run,
        "file": added.source,
        "created": added.created,
        "changed": bool(added.diff),
        "rules": [
            {"change": rule.verb.lower(), "place": rule.place, "rule": rule.text}
            for rule in added.edited.rules
        ],
        "notes": list(_notes(added)),
        "diff": added.diff,
    }
