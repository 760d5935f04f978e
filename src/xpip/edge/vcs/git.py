"""A reference to a git repository → a directory that holds one commit, and its full name.

Decides what a revision means, and which transports git may speak on the way. Git may ask nobody
anything, logs in only where the given login belongs, and gets no login on its command line. May
not know what is in the sources.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from xpip.core.policy import Credentials
from xpip.core.urls import redacted
from xpip.core.vcs_references import VcsReference
from xpip.edge.vcs.programs import Ended, Program
from xpip.errors import Reason, ResolutionError, UsageError

_DEFAULT_PORTS = {"https": 443, "http": 80}
_COMMIT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)
_ABBREVIATED = re.compile(r"[0-9a-f]{7,63}", re.IGNORECASE)
# What git shall know of its surroundings: how to reach servers, and where its settings are.
_KEPT = re.compile(r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|EXEC_PATH|(SSL|PROXY|HTTP|CONFIG)_\w+)")
_OLDEST = (2, 31)  # the first that takes settings from GIT_CONFIG_COUNT

_NO_SUCH_REVISION = (
    *("couldn't find remote ref", "no such remote ref", "not our ref"),
    *("unadvertised object", "did not send all necessary objects"),
)
# Asked by git itself, for one web origin; the answer is in variables that only git gets.
_LOGIN_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    '"$GIT_LOGIN_USERNAME" "$GIT_LOGIN_PASSWORD"; }; f'
)


def check_out(
    reference: VcsReference,
    directory: Path,
    *,
    environ: Mapping[str, str],
    login: Credentials | None = None,
) -> str:
    """Put one commit, its submodules included, into a directory; returns the commit's full name.

    The history comes along, file contents of other commits do not: many backends tell the
    version by counting commits since a tag. Call it on the main thread: an exception there,
    KeyboardInterrupt included, ends git and all that it started.

    Args:
        directory: not there yet, or empty.
        environ: the process's variables.
        login: in place of the reference's own; sent to its own web origin alone. Git's own
            credential helpers are asked where there is none.

    Raises:
        ResolutionError: `not-found`: there is no such branch, tag or commit.
        UsageError: `requirements-invalid`: a branch and a tag have this name, and differ.
        AvailabilityError: `unreachable` or `auth-failed`.
        InstallationError: `build-failed`: git is missing or too old; `disk`.
    """
    git = _Git(reference, directory, _variables(reference, environ, login or reference.login))
    git.check_version()
    git.fetch(
        *("clone", "--quiet", "--no-checkout", "--filter=blob:none", "--origin=origin"),
        *("--template=", "--", reference.url, str(directory.absolute())),
    )
    commit = git.find(reference.revision)
    git.fetch("checkout", "--quiet", "--detach", commit)
    if os.path.lexists(directory / ".gitmodules"):
        git.fetch("submodule", "--quiet", "update", "--init", "--recursive")
    return commit


class _Git:
    """Git, for one repository and one directory."""

    def __init__(
        self, reference: VcsReference, directory: Path, variables: Mapping[str, str]
    ) -> None:
        self._reference, self._directory = reference, directory
        password = variables.get("GIT_LOGIN_PASSWORD")
        self._program = Program("git", "git", reference.url, variables=variables, password=password)

    def check_version(self) -> None:
        self._program.check_version(self._run("version").output, oldest=_OLDEST)

    def fetch(self, *arguments: str) -> None:
        """Run a command that may ask the server."""
        ended = self._run(*arguments)
        if ended.status != 0:
            raise self._program.unavailable(ended.said)

    def find(self, revision: str | None) -> str:
        """The commit that a revision means.

        Raises:
            ResolutionError, UsageError: none, or two.
        """
        if revision is None:
            found = self._commit("HEAD")
        elif _COMMIT.fullmatch(revision):
            found = self._find_commit(revision.lower())
        elif revision.startswith("refs/"):
            found = self._commit("FETCH_HEAD") if self._ask_for(revision) else None
        else:
            found = self._find_named(revision)
        if found is None:
            raise self._not_found()
        return found

    def _find_commit(self, name: str) -> str | None:
        """A commit may be on no branch: then the server is asked for itself."""
        known = self._commit(name)
        if known is None and self._ask_for(name):
            known = self._commit(name)
        return known

    def _ask_for(self, revision: str) -> bool:
        """Fetch what no branch or tag brought along; whether the server has it."""
        ended = self._run("fetch", "--quiet", "origin", revision)
        if ended.status != 0 and not any(words in ended.said for words in _NO_SUCH_REVISION):
            raise self._program.unavailable(ended.said)
        return ended.status == 0

    def _find_named(self, name: str) -> str | None:
        tag, branch = self._commit(f"refs/tags/{name}"), self._commit(f"refs/remotes/origin/{name}")
        if tag and branch and tag != branch:
            raise UsageError(
                f"{redacted(self._reference.url)} has a branch {name} and a tag {name}, "
                "which differ",
                context=[f"the branch is at {branch}", f"the tag is at {tag}"],
                hint=f"Write @refs/heads/{name} or @refs/tags/{name}.",
                reference=Reason.REQUIREMENTS_INVALID,
            )
        found = tag or branch
        if found is None and _ABBREVIATED.fullmatch(name):
            found = self._commit(name)
        return found

    def _commit(self, name: str) -> str | None:
        ended = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return ended.output.strip() if ended.status == 0 else None

    def _run(self, *arguments: str) -> Ended:
        inside = (self._directory / ".git").exists()
        return self._program.run(*arguments, within=self._directory if inside else None)

    def _not_found(self) -> ResolutionError:
        name = self._reference.revision or "commit at all"
        return ResolutionError(
            f"{redacted(self._reference.url)} has no branch, tag or commit {name}",
            reference=Reason.NOT_FOUND,
        )


def _variables(
    reference: VcsReference, environ: Mapping[str, str], login: Credentials | None
) -> dict[str, str]:
    """The variables that git sees: no repository around, no prompt, no other transport."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("GIT_", "XPIP_", "PIP_", "UV_")) or _KEPT.fullmatch(name)
    }
    kept |= {
        "GIT_ALLOW_PROTOCOL": _transports(urlsplit(reference.url).scheme),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "LC_ALL": "C",
        "LANGUAGE": "",
    }
    # Nothing of the user's runs at a checkout, and nothing goes on once git has ended.
    settings = [("core.hooksPath", os.devnull), ("gc.auto", "0"), ("maintenance.auto", "false")]
    if login is not None:
        key = f"credential.{_spelled(login)}.helper"
        # Empty: helpers of the user's are not asked, nor told, of this one.
        settings += [(key, ""), (key, _LOGIN_HELPER)]
        kept |= {"GIT_LOGIN_USERNAME": login.username, "GIT_LOGIN_PASSWORD": login.password}
    return kept | _numbered(settings, kept.get("GIT_CONFIG_COUNT", ""))


def _transports(scheme: str) -> str:
    """What a repository and its submodules may be fetched by: never what runs a command.

    Only sources of this machine may have submodules from this machine.
    """
    return ":".join(["https", "ssh", *([scheme] if scheme in {"file", "http"} else [])])


def _spelled(login: Credentials) -> str:
    scheme, host, port = login.origin
    netloc = f"[{host}]" if ":" in host else host
    usual = port == _DEFAULT_PORTS.get(scheme)
    return f"{scheme}://{netloc}" if usual else f"{scheme}://{netloc}:{port}"


def _numbered(settings: list[tuple[str, str]], present: str) -> dict[str, str]:
    """Settings as variables, after those that are there (git-config, "ENVIRONMENT")."""
    first = int(present) if present.isdecimal() else 0
    numbered = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings, start=first):
        numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return numbered
