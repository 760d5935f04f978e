"""A reference to a repository → a directory that holds one commit, and its full name.

git         of git
hg          of Mercurial
programs    how either is run: it asks nobody anything, and ends with all that it started

May not know what is in the sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xpip.core.policy import Credentials
from xpip.core.vcs_references import VcsReference, VersionControl
from xpip.edge.vcs import git, hg

__all__ = ["check_out"]


def check_out(
    reference: VcsReference,
    directory: Path,
    *,
    environ: Mapping[str, str],
    login: Credentials | None = None,
) -> str:
    """Put one commit, with its history, into a directory; returns the commit's full name.

    Call it on the main thread: an exception there, KeyboardInterrupt included, ends the program
    and all that it started.

    Args:
        directory: not there yet, or empty.
        environ: the process's variables.
        login: in place of the reference's own; sent to its own web origin alone.

    Raises:
        ResolutionError: `not-found`: there is no such branch, tag or commit.
        UsageError: `requirements-invalid`: two different commits go by this name, or the
            repository is one that cannot be taken whole; `insecure-repository`.
        AvailabilityError: `unreachable` or `auth-failed`.
        InstallationError: `build-failed`: the program is missing or too old; `disk`.
    """
    of_system = {VersionControl.GIT: git.check_out, VersionControl.HG: hg.check_out}
    return of_system[reference.system](reference, directory, environ=environ, login=login)
