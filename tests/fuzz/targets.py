"""Every place where xpip reads what somebody else wrote: a name, and a callable of bytes.

`python -m tests.fuzz` and `test_fuzz.py` run the same ones. A target ends in a value or in one of
the errors that it lists; any other exception, a hang, or a write elsewhere is a bug of xpip's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import archives, environments, pages, texts
from xpip.core.direct_references import Malformed
from xpip.core.simple.project_list import UnreadableList
from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, NoRanges
from xpip.errors import XpipError

SEEDS = Path(__file__).parent / "seeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader.

    Attributes:
        read: raises one of `refusals`, or returns something.
        seeds: name of the directory with its examples.
    """

    read: Callable[[bytes], object]
    seeds: str
    refusals: tuple[type[BaseException], ...] = (XpipError,)

    def examples(self) -> list[bytes]:
        """Small real documents that it reads."""
        return [path.read_bytes() for path in sorted((SEEDS / self.seeds).iterdir())]

    def run(self, raw: bytes) -> bool:
        """Whether the reader made a value of these bytes, rather than refuse them."""
        try:
            self.read(raw)
        except self.refusals:
            return False
        return True


def _target(read: Callable[[bytes], object], seeds: str, *refusals: type[BaseException]) -> Target:
    return Target(read=read, seeds=seeds, refusals=refusals or (XpipError,))


TARGETS = {
    "page-json": _target(pages.json_page, "page-json", pages.Refused),
    "page-html": _target(pages.html_page, "page-html", pages.Refused),
    "page-kept": _target(pages.kept_page, "page-kept", pages.Refused),
    "page-entry": _target(pages.page_entry, "page-entry", pages.Refused),
    "metadata-entry": _target(pages.metadata_entry, "metadata-entry", pages.Refused),
    "project-list": _target(pages.project_list, "project-list", UnreadableList),
    "names-file": _target(pages.names_file, "project-list", UnreadableList),
    "metadata": _target(pages.metadata, "metadata", pages.Refused),
    "requirement": _target(texts.requirement, "requirement", ValueError),
    "specifier": _target(texts.specifier, "specifier", pages.Refused),
    "url": _target(texts.url, "url", pages.Refused),
    "index-url": _target(texts.index_url, "url"),
    "direct-reference": _target(texts.direct_reference, "direct-reference", Malformed),
    "requirements-file": _target(texts.requirements_file, "requirements-file"),
    "mapping-toml": _target(texts.mapping_toml, "mapping-toml"),
    "mapping-json": _target(texts.mapping_json, "mapping-json"),
    "lock": _target(texts.lock, "lock"),
    "script": _target(texts.script, "script"),
    "project-file": _target(texts.project_file, "project-file"),
    "netrc": _target(texts.netrc, "netrc", pages.Refused),
    "pip-conf": _target(texts.pip_conf, "pip-conf"),
    "uv-toml": _target(texts.uv_toml, "uv-toml"),
    "foreign-project": _target(texts.foreign_project, "project-file"),
    "pipfile": _target(texts.pipfile, "pipfile"),
    "foreign-requirements": _target(texts.foreign_requirements, "requirements-file"),
    "direct-url": _target(environments.direct_url, "direct-url", pages.Refused),
    "origin": _target(environments.origin, "origin", pages.Refused),
    "provenance": _target(environments.provenance, "provenance", ValueError),
    "record": _target(environments.record, "record"),
    "installed": _target(environments.installed, "metadata", pages.Refused),
    "journal": _target(environments.journal, "journal"),
    "wheel": _target(archives.wheel, "wheel"),
    "wheel-metadata": _target(archives.wheel_metadata, "wheel", *BROKEN_WHEEL, NoRanges),
    "sdist-tar": _target(archives.sdist_tar, "sdist-tar"),
    "sdist-gz": _target(archives.sdist_gz, "sdist-gz"),
    "sdist-zip": _target(archives.sdist_zip, "sdist-zip"),
}
