"""What an environment holds that others put there, and what a run that was killed left in it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packaging.direct_url import DirectUrl
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.fuzz.pages import Refused
from xpip.core.direct_records import (
    UnreadableRecord,
    frozen,
    is_editable,
    is_from,
    read_direct_url,
    shown_place,
)
from xpip.core.facts import CoreMetadata, InstalledDistribution, RecordedOrigin
from xpip.core.reporting.records import UNREADABLE, read_origin
from xpip.edge.attestations import read_provenance
from xpip.edge.installation.changes import remove_distributions
from xpip.edge.installation.holding import environment_lock
from xpip.edge.installation.owning import Ownership
from xpip.edge.installation.verifying import file_defects
from xpip.edge.installed import SitePackages, direct_record, provenance_record, wheel_tags

SPAM = canonicalize_name("spam")


def direct_url(raw: bytes) -> DirectUrl:
    record = read_direct_url(raw)
    frozen(SPAM, Version("1.0"), record)
    is_from(record, "https://corp.example/spam.zip")
    if isinstance(record, UnreadableRecord):
        raise Refused
    is_editable(record)
    shown_place(record)
    return record


def origin(raw: bytes) -> RecordedOrigin:
    found = read_origin(raw)
    if found.repository == UNREADABLE:
        raise Refused
    return found


def provenance(raw: bytes) -> object:
    return read_provenance(raw)


class Site:
    """An environment with one distribution, and what lies beside it and must stay."""

    def __init__(self, root: Path) -> None:
        self.outside = root / "outside"
        self.prefix = root / "environment"
        self.site = self.prefix / "lib"
        self.info = self.site / "spam-1.0.dist-info"
        self.info.mkdir(parents=True)
        self.outside.mkdir()
        (self.outside / "precious").write_text("kept")
        (self.site / "spam.py").write_text("spam = 1")
        (self.info / "INSTALLER").write_text("xpip")
        self.scheme = {
            "purelib": str(self.site),
            "platlib": str(self.site),
            "scripts": str(self.prefix / "bin"),
            "data": str(self.prefix),
            "headers": str(self.prefix / "include"),
        }

    def distribution(self) -> InstalledDistribution:
        version = Version("1.0")
        return InstalledDistribution(
            project=SPAM,
            version=version,
            metadata=CoreMetadata(name=SPAM, version=version),
            location=str(self.info),
            installer="xpip",
        )


@contextmanager
def site() -> Iterator[Site]:
    """Fails where anything outside the environment was changed."""
    with tempfile.TemporaryDirectory() as directory:
        made = Site(Path(directory))
        try:
            yield made
        finally:
            assert sorted(each.name for each in Path(directory).iterdir()) == [
                "environment",
                "outside",
            ]
            assert [each.name for each in made.outside.iterdir()] == ["precious"]
            assert (made.outside / "precious").read_text() == "kept"


def record(raw: bytes) -> None:
    """RECORD of what is checked, and then removed."""
    with site() as here:
        (here.info / "RECORD").write_bytes(raw)
        for each in ("METADATA", "direct_url.json", "WHEEL", "provenance_url.json"):
            (here.info / each).write_bytes(raw)
        direct_record(str(here.info))
        provenance_record(str(here.info))
        wheel_tags(str(here.info))
        distribution = here.distribution()
        tuple(file_defects(distribution, Ownership(str(here.prefix), here.scheme)))
        with environment_lock(str(here.prefix)):
            remove_distributions([distribution], prefix=str(here.prefix), scheme=here.scheme)


def installed(raw: bytes) -> InstalledDistribution:
    with site() as here:
        (here.info / "METADATA").write_bytes(raw)
        packages = SitePackages([str(here.site)])
        tuple(packages)
        packages.unreadable(SPAM)
        found = packages.find(SPAM)
    if found is None:
        raise Refused
    return found


def journal(raw: bytes) -> None:
    """A journal that lies in an environment; `%` in it stands for the directory above that."""
    with site() as here:
        work = here.prefix / ".xpip-killed"
        (work / "stash").mkdir(parents=True)
        (work / "stash" / "0").write_text("stashed")
        above = json.dumps(str(here.prefix.parent))[1:-1].encode()
        (work / "journal").write_bytes(raw.replace(b"%", above))
        with environment_lock(str(here.prefix), scheme=here.scheme):
            pass
