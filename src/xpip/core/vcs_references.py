"""`git+URL@REVISION#subdirectory=PATH`, or the same with `hg+` → what it names.

Decides which systems are known, which transports are spoken (https, ssh and file; plain http to
this machine alone) and what a revision may look like. May not know whether any of it is there.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from xpip.core.policy import Credentials
from xpip.core.urls import is_loopback, redacted, web_origin
from xpip.core.values import Abridged
from xpip.errors import Reason, UsageError

_SCHEMES = ("https", "ssh", "file", "http")


class VersionControl(StrEnum):
    """The systems that repositories are fetched by, as PEP 610 registers them."""

    GIT = "git"
    HG = "hg"
    """Mercurial."""


_REVISIONS = {
    # As in git-check-ref-format: a name, which is neither an option nor an expression.
    VersionControl.GIT: re.compile(
        r"(?![-+/.])(?!.*(\.\.|@\{|//|/\.))[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])"
    ),
    # Mercurial forbids few characters in names. It is never given one: see `edge.vcs.hg`.
    VersionControl.HG: re.compile(r"(?!-)[^\x00-\x20\x7f:]+"),
}


class VcsReference(Abridged, frozen=True, kw_only=True):
    """What `git+URL@REVISION#subdirectory=PATH` names (direct URL data structure; PEP 610).

    Attributes:
        system: which one the repository is of.
        url: without `git+`, revision, fragment and login; for ssh, the user stays.
        revision: a branch, a tag or a commit; with git also a full `refs/…`, with Mercurial also
            a bookmark. None is what a clone of the repository shows first.
        subdirectory: where the project lies in the checkout.
        login: what the URL held, bound to its web origin.
    """

    unshown: ClassVar = ("login",)

    system: VersionControl
    url: str
    revision: str | None = None
    subdirectory: str | None = None
    login: Credentials | None = None


def parse_vcs_reference(text: str) -> VcsReference:
    """Read a direct reference to a repository of a version control system.

    Raises:
        UsageError: `requirements-invalid`; `insecure-repository` for plain http.
    """
    parts, system, scheme = _split(text)
    _check_host(parts, scheme, text)
    path, at, revision = parts.path.rpartition("@")
    path, revision = (path, unquote(revision)) if at else (parts.path, "")
    if not path.strip("/"):
        raise _invalid(text, "it names no repository")
    if at and not _REVISIONS[system].fullmatch(revision):
        raise _invalid(text, "what follows the @ cannot be the name of a branch, tag or commit")
    netloc = parts.netloc if scheme == "ssh" else parts.netloc.rpartition("@")[2]
    url = urlunsplit((scheme, netloc, path, "", ""))
    return VcsReference(
        system=system,
        url=url,
        revision=revision or None,
        subdirectory=_subdirectory(parts.fragment, text),
        login=_login(parts, url),
    )


def _split(text: str) -> tuple[SplitResult, VersionControl, str]:
    try:
        parts = urlsplit(text)
        _ = parts.port  # parsed when it is asked for
    except ValueError:
        raise _invalid(text, "it is no URL") from None
    system, _, scheme = parts.scheme.partition("+")
    if system not in tuple(VersionControl) or scheme not in _SCHEMES:
        raise _invalid(
            text,
            "xpip takes sources from git and Mercurial alone: git+https://, git+ssh://, "
            "git+file://, and hg+ with the same",
            hint="git@HOST:PATH is written git+ssh://git@HOST/PATH." if "git@" in text else None,
        )
    if scheme == "http" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            f"{redacted(text)} would be fetched over plain http, where anybody may change it",
            hint=f"Use {system}+https:// or {system}+ssh://.",
            reference=Reason.INSECURE_REPOSITORY,
        )
    return parts, VersionControl(system), scheme


def _check_host(parts: SplitResult, scheme: str, text: str) -> None:
    host, user = parts.hostname or "", unquote(parts.username or "")
    if scheme == "file" and host not in {"", "localhost"}:
        raise _invalid(text, "a file: URL names no host: write file:///PATH")
    if scheme != "file" and not host:
        raise _invalid(text, "it names no host")
    if host.startswith("-") or user.startswith("-"):
        raise _invalid(text, "a host or user that begins with - would be taken for an option")
    if scheme == "ssh" and parts.password is not None:
        raise _invalid(text, "ssh takes no password from a URL; it logs in with keys")
    if parts.query:
        raise _invalid(text, "the URL of a repository has no query")


def _subdirectory(fragment: str, text: str) -> str | None:
    found = None
    for item in filter(None, fragment.split("&")):
        key, _, value = item.partition("=")
        if key == "subdirectory":
            found = unquote(value)
        elif key != "egg":  # pip's way to name the project, of old
            raise _invalid(text, f"#{key}= is not known; #subdirectory= is")
    if found is not None and (not found or found.startswith("/") or ".." in found.split("/")):
        raise _invalid(text, "its subdirectory is not one of the checkout")
    return found


def _login(parts: SplitResult, url: str) -> Credentials | None:
    if not parts.username or not parts.scheme.endswith(("+https", "+http")):
        return None
    return Credentials(
        origin=web_origin(url),
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
    )


def _invalid(text: str, problem: str, hint: str | None = None) -> UsageError:
    return UsageError(
        f"{redacted(text)} is not a repository that xpip can fetch",
        context=[problem],
        hint=hint,
        reference=Reason.REQUIREMENTS_INVALID,
    )
