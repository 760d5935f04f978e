"""The command line: parse, call one operation, render, exit.

    commands   what can be typed
    options    options that several commands share
    rendering  results and errors → text and JSON
    progress   a live line on a terminal
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from xpip.errors import ExitCode, Reason, UsageError, XpipError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code."""
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> ExitCode:
    import click

    from xpip.cli.commands import xpip
    from xpip.cli.rendering import show_bug, show_error

    as_json = "--json" in arguments
    try:
        xpip.main(arguments, prog_name="xpip", standalone_mode=False)
    except click.ClickException as error:
        show_error(_usage(error), as_json=as_json)
        return ExitCode.USAGE
    except XpipError as error:
        show_error(error, as_json=as_json)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`xpip … | head`): nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:
        show_bug(error, as_json=as_json)
        return ExitCode.BUG
    return ExitCode.DONE


def _usage(error: object) -> UsageError:
    import click

    assert isinstance(error, click.ClickException)
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "xpip"
    return UsageError(
        error.format_message(),
        reference=Reason.USAGE,
        hint=f"`{command} --help` shows what can be given.",
    )
