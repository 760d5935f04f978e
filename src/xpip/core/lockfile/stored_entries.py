"""What was selected of a lock ↔ JSON: reading, checking and selecting take thirty times as long.

What does not come back as it went is not stored. What is read is data and never more, whoever wrote
it: bytes that are no such selection are None. Says nothing of what is allowed: entries are judged
in each run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast, overload

from packaging.version import Version

from xpip.core.facts import File, Hash
from xpip.core.filenames import is_unsafe
from xpip.core.hashes import parse_hash
from xpip.core.lockfile.addresses import LockSource
from xpip.core.lockfile.selected import Entry, Selected, Wanted
from xpip.core.names import NormalizedName
from xpip.core.policy import Identity, Target
from xpip.core.reporting.notices import Notice
from xpip.core.urls import web_origin


def selection_question(wanted: Wanted, target: Target, source: LockSource) -> tuple[str, ...]:
    """All that a selection depends on, beside the bytes of its lock."""
    names = (wanted.only_binary, wanted.no_binary)
    said = {
        "extras": wanted.extras,
        "groups": wanted.groups,
        "default_groups": wanted.default_groups,
        "names": [[each.everything, sorted(each.names)] for each in names],
        "environment": sorted(target.environment.items()),
        "source": [source.shown, source.base],
    }
    return json.dumps(said), str(target.python_version), " ".join(target.tags)


def dump_selected(selected: Selected) -> bytes | None:
    """A selection as bytes that `load_selected` reads; None where it takes from other places."""
    if any(each.file is None or each.version is None for each in selected.entries):
        return None
    said = {
        "entries": [_entry_data(each) for each in selected.entries],
        "notices": [[each.code, each.text] for each in selected.notices],
    }
    raw = json.dumps(said, separators=(",", ":")).encode()
    return raw if load_selected(raw, selected.source) == selected else None


def load_selected(raw: bytes, source: LockSource) -> Selected | None:
    """The selection that these bytes are, of the lock that lies there; None if they are none."""
    try:
        said = json.loads(raw)
        return Selected(
            source=source,
            entries=tuple(_entry(each) for each in said["entries"]),
            notices=tuple(Notice(code=_text(c), text=_text(t)) for c, t in said["notices"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _entry_data(entry: Entry) -> list[Any]:
    file = entry.file
    assert file is not None
    return [
        *(entry.project, entry.place, str(entry.version), entry.index),
        [
            *(file.filename, file.url, file.hashes, file.size),
            file.upload_time.isoformat() if file.upload_time else None,
        ],
        " ".join(f"{each.algorithm}:{each.digest}" for each in entry.other_hashes),
        *(entry.required_by, entry.is_beside),
        [[each.claims, each.declared_at] for each in entry.identities],
    ]


def _entry(row: list[Any]) -> Entry:
    project, place, version, index, file, others, required_by, is_beside, identities = row
    if index is not None:
        web_origin(index)
    return Entry(
        project=_name(project),
        place=_text(place),
        version=Version(version),
        index=index,
        file=_file(file),
        other_hashes=_UnreadHashes(_text(others)),
        required_by=tuple(map(_name, required_by)),
        is_beside=bool(is_beside),
        identities=tuple(_identity(claims, declared_at) for claims, declared_at in identities),
    )


def _file(row: list[Any]) -> File:
    filename, url, hashes, size, upload_time = row
    web_origin(url)
    if is_unsafe(filename) or not isinstance(size, int | None):
        raise TypeError
    return File(
        filename=filename,
        url=url,
        hashes=tuple(parse_hash(algorithm, digest) for algorithm, digest in hashes),
        size=size,
        upload_time=datetime.fromisoformat(upload_time) if upload_time else None,
    )


class _UnreadHashes(Sequence[Hash]):
    """Those of files that were not chosen: mostly nobody looks at them."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def _read(self) -> tuple[Hash, ...]:
        parts = (each.partition(":") for each in self._text.split())
        return tuple(Hash(algorithm, digest) for algorithm, _, digest in parts)

    def __iter__(self) -> Iterator[Hash]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, index: int) -> Hash: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hash]: ...
    def __getitem__(self, index: int | slice) -> Hash | Sequence[Hash]:
        return self._read()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._read() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._read())

    def __repr__(self) -> str:
        return repr(self._read())


def _identity(claims: list[Any], declared_at: str) -> Identity:
    said = tuple((_text(name), _text(value)) for name, value in claims)
    return Identity(claims=said, declared_at=_text(declared_at))


def _name(text: str) -> NormalizedName:
    return cast("NormalizedName", _text(text))


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
