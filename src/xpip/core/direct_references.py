"""Text that names a place, not a project → `DirectRequest`.

Reads `name[extra] @ url`, bare URLs, `git+https://…@ref`, paths to directories and archives, and
their fragments. Decides what is asked for, not whether policy allows it. Knows no disk: a path is
an archive if its name ends like one, else a directory. Nothing that follows is ever passed over:
an unknown fragment is as much an error as a URL that is none.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from msgspec.structs import replace
from packaging.markers import Marker
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

from xpip.core.direct_requests import DirectRequest, ReferenceKind
from xpip.core.filenames import ARCHIVE_SUFFIXES
from xpip.core.hashes import parse_hash
from xpip.core.nesting import check_nesting
from xpip.core.policy import Credentials
from xpip.core.urls import quoted_path, web_origin

_LONGEST = 4000
"""Characters of a reference. Every real URL is shorter, and no reader is slow on so few."""
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NAMED = re.compile(rf"({_NAME})\s*(?:\[([^\]]*)\]\s*)?@(.*)", re.DOTALL)
_EGG = re.compile(rf"({_NAME})(?:\[([^\]]*)\])?")
_URL = re.compile(r"[a-z][a-z0-9+.-]+://|file:|(?:git|hg|svn|bzr)\+", re.IGNORECASE)
_CLEARLY_A_PLACE = re.compile(rf"{_URL.pattern}|\.|/|[a-z]:[\\/]", re.IGNORECASE)
_BROKEN_URL = re.compile("[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_FILENAME = re.compile(r"(?!\.{1,2}\Z)[^/\\\x00-\x1f]+")
_SEMICOLON = re.compile(";")
_BEFORE_MARKER = re.compile(r"\s;|;\s")
_VERSION_CONTROL = {
    "git": ("https", "ssh", "http", "git", "file"),
    "hg": ("https", "ssh", "http", "file", "static-http"),
    "svn": ("https", "ssh", "http", "svn", "file"),
    "bzr": ("https", "ssh", "http", "sftp", "ftp", "lp", "file"),
}


class Malformed(ValueError):
    """A requirement that is none. Its texts never hold a password, or what is read from one."""

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def is_direct(text: str) -> bool:
    """Whether the text names a place (a URL or a path), rather than a project."""
    if _NAMED.match(text) or _URL.match(text):
        return True
    place = _without_extras(text.partition(";")[0].strip())[0]
    return place.startswith((".", "~")) or any(slash in place for slash in "/\\") or _packed(place)


def parse_direct(text: str, *, directory: str, editable: bool = False) -> DirectRequest:
    """Read a direct reference.

    Args:
        text: `name[extra] @ place ; marker`, or no more than the place.
        directory: absolute, POSIX form; relative paths start from it.
        editable: whether it is to be installed from where it lies (`-e`).

    Raises:
        Malformed: it is none; the text itself is not repeated.
    """
    if len(text) > _LONGEST:
        raise Malformed(f"a requirement of {len(text)} characters")
    named = _NAMED.fullmatch(text.strip())
    place, marker = _split_marker(named[3].strip() if named else text.strip())
    if named and not _CLEARLY_A_PLACE.match(place):
        if named[1] == "git" and ":" in place:  # git@host:path, as clone takes it
            raise _no_url()
        raise Malformed(
            f"what follows '{named[1]} @' is neither a URL nor a path",
            f"A version is asked for as {named[1]}==1.0; a path begins with './' or '/'.",
        )
    request = _place(place, directory)
    if named:
        request = _called(request, named[1], named[2] or "")
    request = replace(request, marker=marker, editable=editable)
    _check(request)
    return _named_by_wheel(request) if request.is_wheel else request


def parse_marker(text: str) -> Marker:
    """Read an environment marker.

    Raises:
        Malformed: it is none.
    """
    try:
        check_nesting(text)
        return Marker(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the marker after ';' is not valid: {_first_line(error)}") from None


def _split_marker(text: str) -> tuple[str, Marker | None]:
    # In a URL a bare ';' may stand; a path with one is too rare to spoil `./spam;marker` for it.
    found = (_BEFORE_MARKER if _URL.match(text) else _SEMICOLON).search(text)
    if not found:
        return text, None
    return text[: found.start()].strip(), parse_marker(text[found.end() :].strip())


def _place(text: str, directory: str) -> DirectRequest:
    if not text:
        raise Malformed("there is no URL or path")
    place, extras = _without_extras(text)
    if _URL.match(place):
        request = _at_url(place, directory)
    else:
        path, _, fragment = place.partition("#")
        request = _with_fragment(_at_path(path, directory), fragment)
    return _with_extras(request, _extras(extras)) if extras else request


def _at_path(path: str, directory: str) -> DirectRequest:
    if path.startswith("~"):
        raise Malformed("'~' is not expanded here", "Write the path out, or use ${HOME}.")
    if not path.isprintable():
        raise Malformed("a path may not have control characters")
    if _BROKEN_URL.match(path) or "://" in path:
        raise _no_url()
    if _DRIVE.match(path):
        path = path.replace("\\", "/")
    full = path if _DRIVE.match(path) else posixpath.join(directory, path)
    url = "file://" + quoted_path("/" + posixpath.normpath(full).lstrip("/"))
    kind = ReferenceKind.ARCHIVE if _packed(full) else ReferenceKind.DIRECTORY
    return DirectRequest(kind=kind, url=url)


def _at_url(text: str, directory: str) -> DirectRequest:
    parts = _split(text)
    prefix, plus, transport = parts.scheme.partition("+")
    if plus:
        located = _at_vcs(parts, prefix, transport)
    elif parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise Malformed("a file: URL names this machine only", "Write file:///path.")
        located = _at_path(unquote(parts.path), directory)
    elif parts.scheme in ("https", "http"):
        url, credentials = _address(parts)
        located = DirectRequest(kind=ReferenceKind.ARCHIVE, url=url, credentials=credentials)
    elif not parts.scheme:
        raise _no_url()
    else:
        raise Malformed(
            f"xpip does not know {parts.scheme}: URLs",
            "Files come by https: or file:; a repository is written git+https://…",
        )
    return _with_fragment(located, parts.fragment)


def _split(text: str) -> SplitResult:
    if not _is_word(text):
        raise Malformed("a URL may not have spaces or control characters", "Write a space as %20.")
    try:
        parts = urlsplit(text)
        web_origin(text)
    except ValueError:
        raise _no_url() from None
    if "://" in parts.path and "@" in parts.path:
        raise Malformed("a URL within a URL may not have a login, nor '@' at all")
    return parts


def _at_vcs(parts: SplitResult, vcs: str, transport: str) -> DirectRequest:
    known = _VERSION_CONTROL.get(vcs, ())
    if transport not in known:
        words = ", ".join(f"{vcs}+{each}" for each in known) or "git+https, hg+https, svn+https"
        raise Malformed(
            f"{parts.scheme}: is not known to xpip; {words} are",
            f"Write {vcs}+ssh://git@host/path." if not transport and known else None,
        )
    path, at, revision = parts.path.rpartition("@") if "@" in parts.path else (parts.path, "", "")
    revision = unquote(revision)
    # A revision becomes an argument of git: it must not look like an option of it.
    if at and (not revision or revision.startswith("-") or not _is_word(revision)):
        raise Malformed("what follows the last '@' is no branch, tag or commit")
    if not path.startswith("/"):
        raise _no_url()
    url, credentials = _address(parts._replace(scheme=transport, path=path))
    return DirectRequest(
        kind=ReferenceKind.VCS,
        url=url,
        vcs=vcs,
        revision=revision or None,
        credentials=credentials,
    )


def _address(parts: SplitResult) -> tuple[str, Credentials | None]:
    """The URL without fragment and secrets, and what it gave to log in with."""
    host = parts.hostname or ""
    # `ssh -oProxyCommand=…`: a host or user must not look like an option (CVE-2017-1000117).
    if unquote(host).startswith("-") or unquote(parts.username or "").startswith("-"):
        raise _no_url()
    if parts.scheme != "file" and not host:
        raise _no_url()
    bare = parts._replace(fragment="")
    without = urlunsplit(bare._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.username is None and parts.password is None:
        return without, None
    if parts.scheme in ("https", "http"):
        return without, Credentials(
            origin=web_origin(without),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
    if parts.password is not None:
        raise Malformed(f"{parts.scheme}: takes no password from a URL", "Use a key.")
    return urlunsplit(bare), None


def _with_fragment(request: DirectRequest, fragment: str) -> DirectRequest:
    seen: set[str] = set()
    for item in filter(None, fragment.split("&")):
        key, _, value = item.partition("=")
        if key in seen:
            raise Malformed(f"the fragment says {key}= twice")
        seen.add(key)
        request = _with_item(request, key, unquote(value))
    return request


def _with_item(request: DirectRequest, key: str, value: str) -> DirectRequest:
    match key:
        case "egg":
            egg = _EGG.fullmatch(value)
            if not egg:
                raise Malformed("#egg= takes a project name", "Write name @ URL instead.")
            return _called(request, egg[1], egg[2] or "")
        case "subdirectory":
            return replace(request, subdirectory=_subdirectory(value))
        case _:
            try:
                claim = parse_hash(key, value)
            except ValueError as error:
                raise Malformed(f"in the URL's fragment: {error}") from None
            return replace(request, hashes=(*request.hashes, claim))


def _subdirectory(path: str) -> str | None:
    segments = path.split("/")
    if path.startswith("/") or "\\" in path or ":" in path or ".." in segments:
        raise Malformed("#subdirectory= takes a path below the root, without '..'")
    if not path.isprintable():
        raise Malformed("#subdirectory= may not have control characters")
    normal = posixpath.normpath(path)
    return None if normal == "." else normal


def _called(request: DirectRequest, name: str, extras: str) -> DirectRequest:
    project = canonicalize_name(name)
    if request.project not in (None, project):
        names = " and ".join(sorted((project, request.project or "")))
        raise Malformed(f"the text gives two names: {names}")
    return _with_extras(replace(request, project=project), _extras(extras))


def _with_extras(request: DirectRequest, extras: frozenset[NormalizedName]) -> DirectRequest:
    if extras and request.extras not in (frozenset(), extras):
        raise Malformed("the extras are written twice, and differ")
    return replace(request, extras=extras or request.extras)


def _extras(text: str) -> frozenset[NormalizedName]:
    names = [name.strip() for name in text.split(",")] if text.strip() else []
    if not all(re.fullmatch(_NAME, name) for name in names):
        raise Malformed("what stands in brackets are no names of extras")
    return frozenset(map(canonicalize_name, names))


def _check(request: DirectRequest) -> None:
    if request.editable and request.kind is ReferenceKind.ARCHIVE:
        raise Malformed("only a directory, or a repository such as git+https://…, can be editable")
    if request.kind is ReferenceKind.ARCHIVE and not _FILENAME.fullmatch(request.filename):
        # Once it is unquoted: `..%2Fspam.tar.gz` would lead out of where files are kept.
        raise Malformed("the last part of the URL is no file name")
    if request.hashes and request.kind is not ReferenceKind.ARCHIVE:
        raise Malformed("only an archive has a hash; a commit or a directory has none")


def _named_by_wheel(request: DirectRequest) -> DirectRequest:
    if request.subdirectory:
        raise Malformed("a wheel has no #subdirectory=")
    try:
        name = parse_wheel_filename(request.filename)[0]
    except ValueError:
        raise Malformed("the file's name is not one that a wheel can have (PEP 427)") from None
    return _called(request, name, "")


def _without_extras(text: str) -> tuple[str, str]:
    """A place, and the text in brackets at its end; brackets of a fragment belong to it."""
    if not text.endswith("]") or "#" in text:
        return text, ""
    place, _, extras = text[:-1].rpartition("[")
    return (place.rstrip(), extras) if place else (text, "")


def _packed(path: str) -> bool:
    return path.lower().endswith(tuple(suffix.lower() for suffix in ARCHIVE_SUFFIXES))


def _is_word(text: str) -> bool:
    return text.isprintable() and not any(character.isspace() for character in text)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _no_url() -> Malformed:
    return Malformed(
        "that is not a URL",
        "A repository by ssh is written git+ssh://git@host/path, with '/' after the host.",
    )
