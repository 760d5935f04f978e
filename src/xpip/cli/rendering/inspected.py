"""All that is recorded of distributions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xpip import __version__
from xpip.cli.rendering.environments import environment_data, show_notices
from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json

if TYPE_CHECKING:
    from xpip.operations.inspecting import Inspected, Inspection

_WIDTH = 14


def show_inspected(inspected: Inspected, *, as_json: bool) -> None:
    """One paragraph for each distribution."""
    if as_json:
        show_json(_data(inspected))
        return
    show_notices(inspected.notices)
    for name in inspected.not_installed:
        say(f"note: {name} is not installed in {inspected.environment.prefix} [not-installed]")
    for number, inspection in enumerate(inspected.inspections):
        if number:
            show()
        for line in _lines(inspection):
            show(line)


def _lines(inspection: Inspection) -> Iterator[str]:
    distribution = inspection.held.distribution
    yield f"{distribution.project} {distribution.version}"
    for label, values in _fields(inspection):
        for number, value in enumerate(values):
            yield f"  {label if not number else '':<{_WIDTH}}{value}"


def _fields(inspection: Inspection) -> Iterator[tuple[str, list[str]]]:
    from xpip.core.reporting.distributions import origin_text

    distribution = inspection.held.distribution
    metadata = distribution.metadata
    why = "asked for by name" if inspection.requested else "needed by others"
    yield "location", [distribution.location]
    yield "installed by", [f"{distribution.installer or 'unknown'}, {why}"]
    yield "origin", [origin_text(distribution, inspection.held.direct)]
    yield from _origin_fields(inspection)
    yield "python", [str(metadata.requires_python)] if metadata.requires_python else []
    yield "requires", [str(each) for each in metadata.requires]
    yield "required by", [", ".join(inspection.required_by)] if inspection.required_by else []
    files = "no RECORD" if inspection.files is None else str(inspection.files)
    yield "files", [files]


def _origin_fields(inspection: Inspection) -> Iterator[tuple[str, list[str]]]:
    from xpip.core.urls import redacted

    origin = inspection.held.distribution.origin
    if origin is not None:
        yield "page", [redacted(origin.page_url)]
        yield "file", [redacted(origin.file_url)]
        yield "rule", [origin.rule]
        yield "ruling", [origin.ruling]
        yield "when", [origin.time]
    elif inspection.provenance is not None:
        yield "file", [redacted(str(inspection.provenance.get("url", "")))]


def _data(inspected: Inspected) -> dict[str, object]:
    return {
        "schema": JSON_SCHEMA,
        # The version of pip's format, whose keys these are as far as it has them.
        "version": "1",
        "xpip_version": __version__,
        "environment": dict(inspected.environment.target.environment),
        "interpreter": environment_data(inspected.environment),
        "installed": [_item(each) for each in inspected.inspections],
        "not_installed": list(inspected.not_installed),
        "notices": notices_data(inspected.notices),
    }


def _item(inspection: Inspection) -> dict[str, object]:
    from xpip.core.reporting.distributions import direct_data, origin_record
    from xpip.core.reporting.inspection import metadata_data

    distribution = inspection.held.distribution
    direct = direct_data(inspection.held.direct)
    return {
        "metadata": metadata_data(inspection.metadata),
        "metadata_location": distribution.location,
        **({"direct_url": direct} if direct else {}),
        "installer": distribution.installer or "",
        "requested": inspection.requested,
        "required_by": list(inspection.required_by),
        "files": inspection.files,
        "origin": origin_record(distribution),
        "provenance_url": dict(inspection.provenance) if inspection.provenance else None,
    }
