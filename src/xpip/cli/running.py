"""From parsed options to an operation, and from its result to what is shown."""

from __future__ import annotations

import os
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xpip.cli.progress import watch
from xpip.cli.rendering import open_report, show_installed, write_report
from xpip.edge.config import Options
from xpip.operations import Installing, Surroundings
from xpip.operations import install as install_operation


def install(requirements: tuple[str, ...], given: dict[str, Any]) -> None:
    """Run `xpip install`."""
    told = Installing(
        requirements=requirements,
        options=Options(**_taken(given, Options)),
        **_taken(given, Installing),
    )
    quiet, as_json = given["quiet"], given["as_json"]
    with open_report(given["report"], as_json=as_json) as report:
        with watch(silent=quiet or as_json) as observer:
            installed = install_operation(told, _surroundings(observer))
        if report is not None:
            write_report(report, installed)
    show_installed(
        installed,
        dry_run=told.dry_run,
        as_json=as_json,
        # With the report on standard output, nothing else may be there.
        quiet=quiet or given["report"] == "-",
        verbose=given["verbose"],
    )


def _taken(given: dict[str, Any], kind: type) -> dict[str, Any]:
    return {field.name: given[field.name] for field in fields(kind) if field.name in given}


def _surroundings(observer: Any) -> Surroundings:
    return Surroundings(
        environ=dict(os.environ), cwd=Path.cwd(), now=datetime.now(UTC), observer=observer
    )
