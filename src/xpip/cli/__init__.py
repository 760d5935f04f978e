"""The command line: parse, call one operation, render, exit.

    commands    what can be typed
    options     options that several commands share
    sections    options by what they are about
    habits      what people type who come from pip or uv
    running     from parsed options to what operations take
    installing, downloading  what several commands do with them
    lock_files  which files are locks
    rendering   results and errors → text and JSON
    progress    a live line on a terminal
    timings     where the time went
    help_pages  what `xpip help TOPIC` shows

Nothing heavier than click is imported before a command runs.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from xpip.errors import ExitCode, Reason, UsageError, XpipError

if TYPE_CHECKING:
    import click


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code, at once.

    Worker threads may still wait for a server's answer, of which nothing depends any more; an
    ordinary exit would wait for them.
    """
    # A run makes some hundred thousand values and next to no cycles. To look for those as often
    # as is usual takes a sixth of the time of a large resolution.
    gc.set_threshold(100_000, 50, 50)
    try:
        _write_for_no_stranger()
        _heed_signals()
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    if code is ExitCode.INTERRUPTED:
        with suppress(OSError):
            # The terminal itself may be what went away.
            sys.stderr.write("interrupted\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _write_for_no_stranger() -> None:
    """Whatever the shell allows, nothing that is written may be changed by everybody."""
    os.umask(os.umask(0o077) | 0o002)


def _heed_signals() -> None:
    """Let a request to end, or the terminal's end, undo what was begun, as Ctrl-C does."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What is ignored stays ignored: `nohup` asks for that.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _run(arguments: list[str]) -> ExitCode:
    import click

    try:
        return _command(arguments)
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`xpip … | head`): nothing is left to say, not even at exit.
        _close_output()
        return ExitCode.DONE
    except Exception as error:
        return _ended_by(error, as_json="--json" in arguments)


def _ended_by(error: Exception, *, as_json: bool) -> ExitCode:
    import click

    from xpip.cli.rendering.errors import show_bug, show_error

    if isinstance(error, click.ClickException):
        error = _usage(error)
    if isinstance(error, XpipError):
        show_error(error, as_json=as_json)
        return error.exit_code
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        # A full disk below anything else was given a name where it was met: this is the output's.
        _close_output()
        sys.stderr.write("error: standard output cannot be written: its disk is full [disk]\n")
        return ExitCode.INSTALLATION
    show_bug(error, as_json=as_json)
    return ExitCode.BUG


def _close_output() -> None:
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - open until the process ends


def _command(arguments: list[str]) -> ExitCode:
    import click

    from xpip.cli.commands import xpip

    try:
        ended = xpip.main(arguments, prog_name="xpip", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        # A group alone says what is in it, as `xpip` alone does.
        click.echo(error.format_message())
        return ExitCode.DONE
    except SystemExit:
        # click ends the process itself where the reader of its output went away.
        raise BrokenPipeError from None
    # A command that could say all it had to say may still not have ended as done.
    return ended if isinstance(ended, ExitCode) else ExitCode.DONE


def _usage(error: object) -> UsageError:
    import click

    assert isinstance(error, click.ClickException)
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "xpip"
    habit = _habit(error, context)
    return UsageError(
        # A word that is known elsewhere is not misspelt: the nearest one here is no help.
        error.message if habit else error.format_message(),
        reference=Reason.USAGE,
        hint=habit or f"`{command} --help` shows what can be given.",
    )


def _habit(error: click.ClickException, context: click.Context | None) -> str | None:
    """What to type instead of what pip or uv would take."""
    import click

    from xpip.cli.habits import COMMANDS, HINTS

    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        group = context.command if context else None
        if isinstance(group, click.Group) and any(
            name in (*each.opts, *each.secondary_opts)
            for command in group.commands.values()
            for each in command.params
        ):
            return f"Write it after the command: `xpip install {name} …`."
        return HINTS.get(name)
    return COMMANDS.get(str(getattr(error, "command_name", "")))
