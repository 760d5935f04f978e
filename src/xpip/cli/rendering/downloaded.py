"""What was put into a directory: a line for each file, with where it is from; or data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from xpip.cli.progress import plural
from xpip.cli.rendering.installed import shown_place
from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json

if TYPE_CHECKING:
    from xpip.operations.downloading import Downloaded, KeptFile

_SIGNS = {"saved": "+", "there": "=", "replaced": "~"}
_SUMMARY = {"saved": "saved", "there": "there already", "replaced": "replaced"}


def show_data(downloaded: Downloaded, *, timings: Mapping[str, object]) -> None:
    """The same as JSON, with what else is to be told."""
    show_json({**_data(downloaded), **timings})


def show_downloaded(downloaded: Downloaded, *, verbose: bool) -> None:
    """What lies in the directory now."""
    for notice in downloaded.notices:
        say(f"note: {notice.text} [{notice.code}]")
    for pin in downloaded.left_out:
        say(f"note: {pin.project} {pin.version} is a source tree, which is no file [not-a-file]")
    width = max((len(each.filename) for each in downloaded.files), default=0)
    for each in downloaded.files:
        sign = _SIGNS[each.kept.keeping]
        show(f"{sign} {each.filename:<{width}}  {_from(each)}")
        if verbose:
            for line in _details(each):
                show(line)
    say(_summary(downloaded))


def _from(each: KeptFile) -> str:
    origin = f"from {shown_place(each.candidate)}"
    if not each.built:
        return origin
    if each.candidate.reference is not None:
        return f"built {origin}"
    return f"built of {each.candidate.file.filename} {origin}"


def _details(each: KeptFile) -> list[str]:
    from xpip.core.urls import redacted

    origin, named = each.candidate.origin, each.candidate.reference is not None
    return [
        f"    file    {redacted(each.candidate.file.url)}",
        *([] if named else [f"    page    {redacted(origin.page_url)}"]),
        f"    rule    {origin.rule}",
        f"    ruling  {origin.ruling.value}",
        f"    for     {', '.join(each.pin.required_by) or 'you'}",
        f"    sha256  {each.kept.sha256}",
    ]


def _summary(downloaded: Downloaded) -> str:
    count = len(downloaded.files)
    if not count:
        return f"Nothing to put into {downloaded.directory}."
    counted = Counter(each.kept.keeping for each in downloaded.files)
    parts = [f"{number} {_SUMMARY[keeping]}" for keeping, number in counted.items()]
    return f"{count} file{plural(count)} in {downloaded.directory}: {', '.join(parts)}."


def _data(downloaded: Downloaded) -> dict[str, object]:
    from xpip.core.reporting.installation import origin_data

    return {
        "schema": JSON_SCHEMA,
        "directory": downloaded.directory,
        "files": [
            {
                "name": each.pin.project,
                "version": str(each.pin.version),
                "file": each.filename,
                "sha256": each.kept.sha256,
                "outcome": each.kept.keeping.value,
                "built_of": each.candidate.file.filename if each.built else None,
                "requested": each.pin.requested,
                "required_by": list(each.pin.required_by),
                "origin": origin_data(each.candidate),
            }
            for each in downloaded.files
        ],
        "left_out": [
            {"name": pin.project, "version": str(pin.version)} for pin in downloaded.left_out
        ],
        "notices": notices_data(downloaded.notices),
    }
