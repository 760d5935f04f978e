"""A case file → cases: what there is, a command, and what comes of it.

    ["a limit holds for whoever asks"]            # a sentence: what xpip does
    served = ["ham 1.0", { wheel = "spam 1.0", requires = ["ham"] }]   # by the one repository
    dist = [{ sdist = "eggs 1.0" }]               # files in ./dist
    trees = [{ tree = "toast 1.0" }]              # source trees, each in ./NAME or in `at`
    git = { rice = ["1.0", "2.0"] }               # ./rice: branch `main`, a tag v1.0 …
    here = { "limits.txt" = "ham<2" }             # further files in the working directory
    variables = { NAME = "value" }
    before = ["install ham==1.0"]                 # commands that go well
    changed = { "toast/toast.py" = "" }           # files written after these
    run = "install -c limits.txt spam"            # the command that the case is about

    exit = 0
    reason = "no-candidate"                       # of an error
    installed = ["ham 1.0", "spam 1.0"]           # all that the environment holds afterwards
    says = ["+ ham 1.0"]                          # texts that it prints, line breaks aside
    says_nothing_of = ["eggs"]
    has = ["{site}/ham/__init__.py"]              # paths that are there afterwards
    lacks = ["{site}/eggs"]                       # paths that are not
    holds = { "{site}/x.txt" = "text" }           # texts that files contain
    prints = { "import ham; print(1)" = "1" }     # what the environment's own Python prints
    open = "what xpip does instead"               # only while it is a known bug

Wheels take the options of `build_wheel` and of `serve_file`; sdists and trees those of
`write_tree`. A wheel with `backend = true` is `tiny_backend`. Where the command fails, or only
says what it would do, the environment must be as it was: every case demands that.

Placeholders: `{url}` and `{links}` (the repository and its page of links), `{files}` (where its
files are, `{files}/NAME/FILE`), `{here}`, `{site}` and `{bin}` (of the environment),
`{sha256 FILE}`, and `{commit NAME TAG}`. An unknown key is an error.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.command import Ended, Environment
from tests.support.sources import BACKEND, commit_tree, git, pack_tree, write_tree
from tests.support.warm import WarmXpip
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble

_PLACEHOLDER = re.compile(r"\{(url|links|files|here|site|bin|sha256|commit)((?: [\w.-]+)*)\}")
_LISTING = frozenset({"hashes", "metadata", "upload_time", "yanked"})

Thing = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One table of a case file, as written."""

    does: str
    run: str
    served: Sequence[Thing] = ()
    dist: Sequence[Thing] = ()
    trees: Sequence[Mapping[str, Any]] = ()
    git: Mapping[str, Sequence[str]] = field(default_factory=dict)
    here: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    before: Sequence[str] = ()
    changed: Mapping[str, str] = field(default_factory=dict)
    exit: int = 0
    reason: str | None = None
    installed: Sequence[str] = ()
    says: Sequence[str] = ()
    says_nothing_of: Sequence[str] = ()
    has: Sequence[str] = ()
    lacks: Sequence[str] = ()
    holds: Mapping[str, str] = field(default_factory=dict)
    prints: Mapping[str, str] = field(default_factory=dict)
    open: str | None = None


def read_cases(text: str) -> Iterator[Case]:
    """The cases of a file's text.

    Raises:
        TypeError: a key is unknown or missing.
    """
    for does, table in tomllib.loads(text).items():
        yield Case(does=does, **table)


class CaseStage:
    """A case's repository, working directory and environment, set up."""

    def __init__(self, case: Case, corp: RepositoryDouble, directory: Path, xpip: WarmXpip) -> None:
        self._xpip = xpip
        self._case = case
        self._corp = corp
        self._here = directory / "project"
        self._sources = directory / "sources"
        self._here.mkdir(parents=True)
        self.environment = Environment(self._here / ".venv")
        (self._site,) = self._here.glob(".venv/[Ll]ib/**/site-packages")
        for thing in self._every(case.served):
            self._serve(thing)
        for thing in self._every(case.dist):
            self._make(thing, self._here / "dist")
        for tree in self._every(case.trees):
            self._plant(tree)
        for name, versions in case.git.items():
            for version in versions:
                commit_tree(write_tree(self._here / name, name, version), f"v{version}")
        self.write(case.here)

    def write(self, texts: Mapping[str, str]) -> None:
        """Write files in the working directory."""
        for name, text in texts.items():
            path = self._here / self.filled(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.filled(text), encoding="utf-8")

    def run(self, command: str) -> Ended:
        """Run a command of the case."""
        variables = {
            "XPIP_INDEX_URL": self._corp.url,
            "GIT_CONFIG_NOSYSTEM": "1",
            **self._case.variables,
        }
        arguments = shlex.split(self.filled(command))
        return self._xpip(*arguments, cwd=self._here, variables=variables)

    def installed(self) -> list[str]:
        """Names and versions, sorted."""
        found = importlib.metadata.distributions(path=[str(self._site)])
        return sorted(f"{each.name} {each.version}" for each in found)

    def filled(self, text: str) -> str:
        """The text with every placeholder replaced."""
        return _PLACEHOLDER.sub(lambda match: self._known(match[1], match[2].split()), text)

    def _every(self, value: Any) -> Any:
        """The value with every text in it filled."""
        match value:
            case str():
                return self.filled(value)
            case Mapping():
                return {key: self._every(each) for key, each in value.items()}
            case Sequence():
                return [self._every(each) for each in value]
            case _:
                return value

    def _known(self, name: str, words: Sequence[str]) -> str:
        if name == "sha256":
            path = next(self._here.parent.rglob(words[0]))
            return hashlib.sha256(path.read_bytes()).hexdigest()
        if name == "commit":
            tree, tag = words
            return git(self._here / tree, "rev-parse", tag)
        places = {
            "url": self._corp.url,
            "links": self._corp.links_url,
            "files": f"{self._corp.origin}/{self._corp.name}/files",
            "here": self._here,
            "site": self._site,
            "bin": self.environment.python.parent,
        }
        return str(places[name])

    def _serve(self, thing: Thing) -> None:
        given = _spelt_out(thing)
        listed = {key: given.pop(key) for key in _LISTING & given.keys()}
        path = self._make(given, self._sources)
        name, version = given.get("wheel", given.get("sdist", "")).split()
        listed["requires_python"] = given.get("requires_python")
        self._corp.serve_file(name, version, path, **listed)

    def _make(self, thing: Thing, directory: Path) -> Path:
        options = _spelt_out(thing)
        if "sdist" in options:
            name, version = options.pop("sdist").split()
            tree = write_tree(self._sources / f"{name}-{version}", name, version, **options)
            return pack_tree(tree, directory, name, version)
        name, version = options.pop("wheel").split()
        if options.pop("backend", False):
            options["files"] = {"tiny.py": BACKEND}
        broken = options.pop("content", None)
        wheel = build_wheel(directory, name, version, **options)
        if broken is not None:
            wheel.write_text(broken)
        return wheel

    def _plant(self, tree: Mapping[str, Any]) -> None:
        options = dict(tree)
        name, version = options.pop("tree").split()
        write_tree(self._here / options.pop("at", name), name, version, **options)


def _spelt_out(thing: Thing) -> dict[str, Any]:
    return {"wheel": thing} if isinstance(thing, str) else dict(thing)
