"""What ended a run: what happened, where, and what to do next."""

from __future__ import annotations

import click

from xpip.cli.rendering.talk import JSON_SCHEMA, alarm, say, show_json
from xpip.errors import ExitCode, SeveralErrors, XpipError


def show_error(error: XpipError, *, as_json: bool) -> None:
    """What happened, where, and what to do next."""
    members = error.errors if isinstance(error, SeveralErrors) else (error,)
    if as_json:
        data = {
            "schema": JSON_SCHEMA,
            "exit_code": int(error.exit_code),
            "errors": [error_data(member) for member in members],
            **_notices_data(error),
        }
        show_json(data)
        return
    for code, text in error.notices:
        say(f"note: {text} [{code}]")
    for member in members:
        _show_one(member)
    codes = ", ".join(dict.fromkeys(member.reference.value for member in members))
    say(f"  More: xpip help errors ({codes})")


def _show_one(error: XpipError) -> None:
    click.echo(f"{alarm('error')}: ", err=True, nl=False)
    say(f"{error.message} [{error.reference.value}]")
    for line in error.context:
        say(f"  {line}" if line else "")
    if error.hint:
        say()
        for line in error.hint.splitlines():
            say(f"  {line}" if line else "")
    say()


def _notices_data(error: XpipError) -> dict[str, object]:
    notices = [{"code": code, "text": text} for code, text in error.notices]
    return {"notices": notices} if notices else {}


def error_data(error: XpipError) -> dict[str, object]:
    """One error, as values."""
    return {
        "reason": error.reference.value,
        "message": error.message,
        "context": list(error.context),
        "hint": error.hint,
        **error.data,
    }


def show_bug(error: Exception, *, as_json: bool) -> None:
    """A bug of xpip's own: everything needed to report it."""
    from traceback import format_exception

    trace = "".join(format_exception(error))
    if as_json:
        data = {"schema": JSON_SCHEMA, "exit_code": int(ExitCode.BUG), "bug": trace}
        show_json(data)
        return
    for line in trace.splitlines():
        say(line)
    say("error: this is a bug in xpip; please report it with the lines above.")
