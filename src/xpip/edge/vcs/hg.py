"""A reference to a Mercurial repository → a directory that holds one changeset, and its full name.

Decides what a revision means: names are looked up here, so that Mercurial, to which every revision
is an expression, gets nothing but full changeset ids. It reads no settings but the ones written
here, in a private file that holds the login too: no hook, extension or alias of anybody's runs.
May not know what is in the sources.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from xpip.core.policy import Credentials
from xpip.core.urls import is_exposed, redacted, web_origin
from xpip.core.vcs_references import VcsReference
from xpip.edge.vcs.programs import Ended, Program
from xpip.errors import Reason, ResolutionError, UsageError

_FULL = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_ABBREVIATED = re.compile(r"[0-9a-f]{7,39}", re.IGNORECASE)
# Mercurial's ids for what is before the first changeset, and for files not yet committed.
_NO_CHANGESETS = ("0" * 40, "f" * 40)
_REDIRECTED = re.compile(r"^real URL is (\S+)", re.MULTILINE)
_OLDEST = (5, 6)  # it and all later ones know HGRCSKIPREPO
_USERNAME = "HG_LOGIN_USERNAME"  # hgrc: variables in user names are expanded, once

# Clone bundles are how a server sends its clients elsewhere. Subrepositories are refused before
# anything is checked out; should one get by, Mercurial refuses it.
_SETTINGS = "[ui]\nclonebundles = no\ninteractive = no\n[subrepos]\nallowed = no\n"
# What changesets are called by, and the commands that list it.
_LISTED = (("branch", "branches", "--closed"), ("tag", "tags"), ("bookmark", "bookmarks"))
# What a clone shows first (`hg help clone`): the first of these that there is.
_FIRST = (("bookmark", "@"), ("branch", "default"), ("tag", "tip"))


def check_out(
    reference: VcsReference,
    directory: Path,
    *,
    environ: Mapping[str, str],
    login: Credentials | None = None,
) -> str:
    """Put one changeset, with its history, into a directory; returns its full id.

    Arguments and errors are those of `xpip.edge.vcs.check_out`. No settings of the user's give a
    login where there is none. A repository with subrepositories is refused.
    """
    login = _login_for(reference, login or reference.login)
    with tempfile.TemporaryDirectory(prefix="xpip-hg-") as made:
        private = Path(made)  # nobody else's to read
        settings = private / "hgrc"
        settings.write_text(_settings(reference, login), encoding="utf-8")
        mercurial = _Mercurial(
            reference,
            directory.absolute(),
            private=private,
            variables=_variables(environ, settings, login),
            password=login.password if login else None,
        )
        mercurial.check_version()
        mercurial.clone()
        changeset = mercurial.find(reference.revision)
        mercurial.check_whole(changeset)
        mercurial.update(changeset)
        return changeset


class _Mercurial:
    """Mercurial, for one repository and one directory.

    Args:
        private: a directory of its own, to start in, where no repository is around.
    """

    def __init__(
        self,
        reference: VcsReference,
        directory: Path,
        *,
        private: Path,
        variables: Mapping[str, str],
        password: str | None,
    ) -> None:
        self._reference, self._directory, self._private = reference, directory, private
        self._url = redacted(reference.url)
        self._program = Program(
            "hg", "Mercurial", reference.url, variables=variables, password=password
        )

    def check_version(self) -> None:
        said = self._run("version", "--quiet", within=self._private).output
        self._program.check_version(said, oldest=_OLDEST)

    def clone(self) -> None:
        """Bring the history.

        Raises:
            AvailabilityError: it does not come.
            UsageError: `insecure-repository`: it came over plain http after all.
        """
        # --pull: of a repository on this machine, no files are shared by links.
        arguments = ("clone", "--noupdate", "--pull", "--", self._reference.url)
        said = self._fetch(*arguments, str(self._directory), within=self._private).said
        for place in _REDIRECTED.findall(said):
            if is_exposed(place):
                raise UsageError(
                    f"{self._url} leads to plain http, where anybody may change what comes",
                    context=[redacted(place)],
                    reference=Reason.INSECURE_REPOSITORY,
                )

    def find(self, revision: str | None) -> str:
        """The changeset that a revision means.

        Raises:
            ResolutionError, UsageError: none, or several.
        """
        if revision is None:
            named = self._named()
            found = next((named[key] for key in _FIRST if key in named), None)
        elif _FULL.fullmatch(revision):
            found = self._changeset(revision)
        else:
            found = self._find_named(revision)
            if found is None and _ABBREVIATED.fullmatch(revision):
                found = self._changeset(revision)
        if found is None:
            name = f"branch, tag, bookmark or changeset {revision}" if revision else "changeset"
            raise ResolutionError(f"{self._url} has no {name}", reference=Reason.NOT_FOUND)
        return found

    def check_whole(self, changeset: str) -> None:
        """Be sure that all of a changeset lies in this one repository.

        Raises:
            UsageError: `requirements-invalid`: it has subrepositories.
        """
        ended = self._run("files", "--rev", changeset, "path:.hgsub", within=self._directory)
        if ended.status == 0:
            raise UsageError(
                f"{self._url} has subrepositories, which xpip does not fetch",
                context=[f"there is a file .hgsub in changeset {changeset}"],
                hint="Clone it with hg, and install from the directory.",
                reference=Reason.REQUIREMENTS_INVALID,
            )
        if ended.status != 1:
            raise self._program.unavailable(ended.said)

    def update(self, changeset: str) -> None:
        """Put the files of a changeset into the directory."""
        self._fetch("update", "--quiet", "--clean", "--rev", changeset, within=self._directory)

    def _find_named(self, name: str) -> str | None:
        found = {kind: node for (kind, each), node in self._named().items() if each == name}
        if len(set(found.values())) > 1:
            raise UsageError(
                f"{self._url} has {' and '.join(f'a {kind} {name}' for kind in found)}, "
                "which differ",
                context=[f"the {kind} is at {node}" for kind, node in found.items()],
                hint="Write the changeset in full.",
                reference=Reason.REQUIREMENTS_INVALID,
            )
        return next(iter(found.values()), None)

    def _named(self) -> dict[tuple[str, str], str]:
        """Changesets by what they are called: the kind of name, and the name."""
        return {
            (kind, name): node
            for kind, *command in _LISTED
            for name, node in self._listed(kind, command)
            if node not in _NO_CHANGESETS
        }

    def _listed(self, kind: str, command: Sequence[str]) -> Iterator[tuple[str, str]]:
        template = f"{{{kind}}}\\0{{node}}\\n"
        ended = self._fetch(*command, "--template", template, within=self._directory)
        for line in ended.output.split("\n"):
            name, _, node = line.rpartition("\0")
            if node:
                yield name, node

    def _changeset(self, identifier: str) -> str | None:
        # Bare digits would be a revision number, which is another changeset in every clone.
        one = f"present(id({identifier.lower()}))"
        ended = self._fetch("log", "--rev", one, "--template", "{node}", within=self._directory)
        return None if ended.output in ("", *_NO_CHANGESETS) else ended.output

    def _fetch(self, *arguments: str, within: Path) -> Ended:
        """Run a command that has to go well."""
        ended = self._run(*arguments, within=within)
        if ended.status != 0:
            raise self._program.unavailable(ended.said)
        return ended

    def _run(self, command: str, *arguments: str, within: Path) -> Ended:
        return self._program.run(command, "--noninteractive", *arguments, within=within)


def _variables(
    environ: Mapping[str, str], settings: Path, login: Credentials | None
) -> dict[str, str]:
    """The variables that Mercurial sees: no settings but those in one file, and no prompt."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("HG", "XPIP_", "PIP_", "UV_"))
    }
    kept |= {
        "HGRCPATH": str(settings),
        "HGRCSKIPREPO": "1",
        "HGPLAIN": "1",
        "HGENCODING": "utf-8",
        "SSH_ASKPASS_REQUIRE": "never",
        "LC_ALL": "C",
        "LANGUAGE": "",
    }
    return kept | ({_USERNAME: login.username} if login else {})


def _login_for(reference: VcsReference, login: Credentials | None) -> Credentials | None:
    """The login, if it is for this server and Mercurial can be told of it.

    Raises:
        UsageError: `requirements-invalid`: it would be read as another one.
    """
    if login is None or login.origin != web_origin(reference.url):
        return None
    # hgrc: a line is one value, its ends trimmed; in a user name, `~` is a home directory.
    # Mercurial itself ends with an exception where a login is not ASCII.
    username, password = login.username, login.password
    is_plain = (username + password).isascii() and (username + password).isprintable()
    if not is_plain or password != password.strip() or username.startswith("~"):
        raise UsageError(
            f"Mercurial cannot be given the login for {redacted(reference.url)}",
            context=[
                "it takes letters, digits, signs and spaces of ASCII alone",
                "a password may not begin or end with a space, nor a user name begin with ~",
            ],
            reference=Reason.REQUIREMENTS_INVALID,
        )
    return login


def _settings(reference: VcsReference, login: Credentials | None) -> str:
    """The text of the one file of settings (hgrc)."""
    if login is None:
        return _SETTINGS
    parts = urlsplit(reference.url)
    return (
        f"{_SETTINGS}[auth]\nxpip.prefix = {parts.scheme}://{parts.netloc}/\n"
        f"xpip.username = ${_USERNAME}\nxpip.password = {login.password}\n"
    )
