"""What can be wrong with an environment: one value for each thing found, with a stable code.

Decides what counts as a defect of distributions, requirements and origins; files are looked at
by the edge. Says nothing about how a defect came to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from packaging.tags import Tag, parse_tag

from xpip.core.consistency import unmet
from xpip.core.continuity import disowned
from xpip.core.facts import InstalledDistribution
from xpip.core.names import NormalizedName
from xpip.core.policy import Policy, Target
from xpip.core.urls import redacted


class DefectCode(StrEnum):
    """Stable codes: `xpip help environment` explains each."""

    MISSING_REQUIREMENT = "missing-requirement"
    UNMET_REQUIREMENT = "unmet-requirement"
    OTHER_PYTHON = "other-python"
    OTHER_PLATFORM = "other-platform"
    AGAINST_RULE = "against-rule"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"
    NO_RECORD = "no-record"
    MISSING_FILE = "missing-file"
    CHANGED_FILE = "changed-file"
    UNVERIFIED_FILE = "unverified-file"
    FOREIGN_PATH = "foreign-path"


class Defect(Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    Attributes:
        subject: the distribution, or the path of what is none, fit to print.
        project: the project's name, where it is known.
        path: the file that it is about.
    """

    code: DefectCode
    subject: str
    text: str
    project: NormalizedName | None = None
    path: str | None = None


def defect(
    distribution: InstalledDistribution, code: DefectCode, text: str, path: str | None = None
) -> Defect:
    """Something wrong with a distribution."""
    subject = f"{distribution.project} {distribution.version}"
    return Defect(code=code, subject=subject, text=text, project=distribution.project, path=path)


def requirement_defects(
    installed: Sequence[InstalledDistribution], target: Target
) -> Iterator[Defect]:
    """Requirements that are broken or missing, and interpreters that will not do."""
    for each in unmet(installed, target):
        if each.found is None:
            code, found = DefectCode.MISSING_REQUIREMENT, "which is not installed"
        else:
            code, found = DefectCode.UNMET_REQUIREMENT, f"and {each.found.version} is installed"
        yield defect(each.distribution, code, f"needs {each.requirement}, {found}")
    for distribution in installed:
        needed = distribution.metadata.requires_python
        if needed is not None and not needed.contains(target.python_version, prereleases=True):
            text = f"needs Python {needed}, and this is {target.python_version}"
            yield defect(distribution, DefectCode.OTHER_PYTHON, text)


def platform_defect(
    distribution: InstalledDistribution, tags: frozenset[str], target: Target
) -> Iterator[Defect]:
    """A distribution whose wheel was built for another platform or Python (PEP 425).

    Args:
        tags: those of its WHEEL file; none where it does not say.
    """
    expanded = {str(tag) for text in tags for tag in _expanded(text)}
    if expanded and expanded.isdisjoint(target.tags):
        text = f"was built for {', '.join(sorted(tags)[:3])}"
        yield defect(distribution, DefectCode.OTHER_PLATFORM, text)


def _expanded(text: str) -> frozenset[Tag]:
    """Some tools write several tags as one (`py2.py3-none-any`); what is none says nothing."""
    try:
        return parse_tag(text)
    except ValueError:
        return frozenset()


def origin_defects(installed: Iterable[InstalledDistribution], policy: Policy) -> Iterator[Defect]:
    """Distributions that today's mapping file would not take from where they came."""
    for distribution in disowned(installed, policy):
        assert distribution.origin is not None
        text = (
            f"came from {redacted(distribution.origin.repository)}, which the mapping file does "
            "not let speak for it"
        )
        yield defect(distribution, DefectCode.AGAINST_RULE, text)


def duplicate_defects(copies: Sequence[InstalledDistribution]) -> Iterator[Defect]:
    """Further distributions of one name: which of them is used is an accident."""
    for other in copies[1:]:
        text = f"is there beside {copies[0].version}: {other.location}"
        yield defect(other, DefectCode.DUPLICATE, text, other.location)


def unreadable_defect(path: str, why: str) -> Defect:
    """An entry that would be a distribution, if it could be read."""
    text = f"counts as not installed: {why}"
    return Defect(code=DefectCode.UNREADABLE, subject=path, text=text, path=path)
