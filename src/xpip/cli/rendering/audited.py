"""What an audit found: text on standard output, JSON, or SARIF; and the exit code that it means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xpip.cli.rendering.errors import error_data, show_error
from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json
from xpip.errors import ExitCode, SeveralErrors, XpipError

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

    from xpip.core.reporting.notices import Notice
    from xpip.operations.auditing.names import AuditedNames
    from xpip.operations.auditing.repositories import AuditedRepositories
    from xpip.operations.auditing.switching import AuditedSwitches


def show_switches(
    audited: AuditedSwitches, *, as_json: bool, quiet: bool, sarif: str | None
) -> ExitCode:
    """What could come from elsewhere tomorrow."""
    from xpip.core.reporting.switches import switches_data, switches_lines

    code = _code(audited.error, dangerous=bool(audited.switches.exposures))
    if sarif is not None:
        _write_sarif(audited, sarif)
    if sarif == "-":
        return code
    if as_json:
        _show_data(
            "what-if",
            {**switches_data(audited.switches, audited.places), **_left_out(audited.left_out)},
            audited.notices,
            audited.error,
            code,
        )
        return code
    _say_notices(audited.notices, audited.left_out, quiet=quiet)
    _echo(switches_lines(audited.switches))
    _show_error(audited.error)
    return code


def show_names(audited: AuditedNames, *, as_json: bool, quiet: bool, verbose: bool) -> ExitCode:
    """How private names stand against a public repository's."""
    from xpip.core.reporting.audits import (
        below_data,
        below_lines,
        standings_data,
        standings_lines,
        standings_summary,
    )

    code = _code(None, dangerous=any(each.is_dangerous for each in audited.standings))
    if as_json:
        data: dict[str, object] = {
            "public": audited.public,
            "public_names": audited.public_count,
            "private_repositories": [group.name for group in audited.groups],
            "names": standings_data(audited.standings),
            "below_patterns": below_data(audited.below),
            "unlisted": [{"url": each.url, "detail": each.detail} for each in audited.unlisted],
        }
        _show_data("public-names", data, audited.notices, None, code)
        return code
    _say_notices(audited.notices, (), quiet=quiet)
    for each in () if quiet else audited.unlisted:
        say(
            f"note: {each.url} does not list its projects ({each.detail}): names that no other "
            "source tells are not compared; --private-names FILE tells them [unlisted]"
        )
    _echo(standings_lines(audited.standings, verbose=verbose))
    _echo(below_lines(audited.below))
    show(standings_summary(audited.standings, audited.public, audited.public_count))
    return code


def show_repositories(
    audited: AuditedRepositories, *, as_json: bool, quiet: bool, verbose: bool
) -> ExitCode:
    """What repositories say differently, and what their pages lack."""
    from xpip.core.auditing.grading import html_only
    from xpip.core.reporting.audits import (
        differences_data,
        differences_lines,
        differences_summary,
        reports_data,
        reports_lines,
    )
    from xpip.core.urls import redacted

    code = _code(audited.error, dangerous=any(each.is_dangerous for each in audited.differences))
    if as_json:
        data: dict[str, object] = {
            "projects": audited.projects,
            "mapped": audited.mapped,
            "repositories": reports_data(audited.reports),
            "differences": differences_data(audited.differences),
            **_left_out(audited.left_out),
        }
        _show_data("repositories", data, audited.notices, audited.error, code)
        return code
    _say_notices(audited.notices, audited.left_out, quiet=quiet)
    if not quiet:
        say(f"note: {_asked(audited)}")
        for each in html_only(audited.reports):
            url = redacted(each.repository.url)
            say(
                f"note: {url} answers in HTML alone, which does not say when files were uploaded, "
                "nor how large they are [html-only]"
            )
    _echo(reports_lines(audited.reports))
    show()
    _echo(differences_lines(audited.differences, verbose=verbose))
    show(differences_summary(audited.differences, audited.projects))
    _show_error(audited.error)
    return code


def _asked(audited: AuditedRepositories) -> str:
    if audited.mapped:
        return "each name was sent to those repositories alone that the mapping file routes it to"
    return "there is no mapping file: each name was sent to every repository in use"


def _code(error: XpipError | None, *, dangerous: bool) -> ExitCode:
    """As for several errors: 2, then 3, 4, 1."""
    if error is not None and (not dangerous or error.exit_code is ExitCode.USAGE):
        return error.exit_code
    return ExitCode.REFUSED if dangerous else ExitCode.DONE


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        show(line)


def _show_error(error: XpipError | None) -> None:
    if error is not None:
        say()
        show_error(error, as_json=False)


def _say_notices(
    notices: Sequence[Notice], left_out: Sequence[NormalizedName], *, quiet: bool
) -> None:
    if quiet:
        return
    for notice in notices:
        say(f"note: {notice.text} [{notice.code}]")
    if left_out:
        say(f"note: taken from places, which no repository decides about: {', '.join(left_out)}")


def _left_out(left_out: Sequence[NormalizedName]) -> dict[str, object]:
    return {"left_out": list(left_out)}


def _show_data(
    audit: str,
    data: Mapping[str, object],
    notices: Sequence[Notice],
    error: XpipError | None,
    code: ExitCode,
) -> None:
    members = error.errors if isinstance(error, SeveralErrors) else (error,) if error else ()
    whole = {
        "schema": JSON_SCHEMA,
        "exit_code": int(code),
        "audit": audit,
        **data,
        "errors": [error_data(each) for each in members],
        "notices": notices_data(notices),
    }
    show_json(whole)


def _write_sarif(audited: AuditedSwitches, path: str) -> None:
    """Write it whole, over what an earlier run wrote.

    Raises:
        UsageError: it cannot be written.
    """
    from xpip import __version__
    from xpip.core.reporting.switches import switches_sarif
    from xpip.edge.new_file import write_new

    here = Path.cwd()
    log = switches_sarif(
        audited.switches,
        audited.error,
        audited.places,
        version=__version__,
        directory=here.as_posix(),
    )
    if path == "-":
        show_json(log)
    else:
        write_new(here / path, json.dumps(log, indent=2) + "\n", force=True)
