"""How good is a file by its name? The better of two files has the lower rank.

Looks at nothing but the name: a release can have a hundred files, of which one is chosen.
"""

from __future__ import annotations

from functools import lru_cache

from packaging.utils import (
    BuildTag,
    InvalidSdistFilename,
    NormalizedName,
    parse_sdist_filename,
)

from xpip.core.decisions import Rejection, RejectionReason
from xpip.core.filenames import is_unsafe
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.wheel_names import tags_of, wheel_tags

Rank = tuple[int, int, BuildTag]
"""Lower is better, but for the build tag: format, then tag position, then build tag."""

_MOST_DOTS = 64
"""Dots multiply: a name with 300 of them can stand for a million tags (PEP 425)."""


class FileRanks:
    """Policy and target, applied to names of files.

    Args:
        target: the machine chosen for; None lets in what any machine could use.
    """

    def __init__(self, project: NormalizedName, policy: Policy, target: Target | None) -> None:
        self._wheels_denied = _is_denied(project, policy.no_binary, policy.only_binary)
        self._sdists_denied = _is_denied(project, policy.only_binary, policy.no_binary)
        self._tags = tag_ranks(target.tags) if target else None
        self._tag_sets = _known_tag_sets(target.tags) if target else {}

    def of(self, filename: str) -> Rank | Rejection:
        """The rank of a file, or why no file of this name may be chosen."""
        if is_unsafe(filename):
            # Pages are held to this when they are read; what was kept of them may be damaged.
            return _rejected(filename, RejectionReason.FORMAT, "it is no name for a file")
        return self._wheel(filename) if filename.endswith(".whl") else self._sdist(filename)

    def rule_out(self, filename: str) -> bool:
        """Whether the tags alone say that `of` has a rejection; cheap, and does not say why."""
        if self._tags is None or not filename.endswith(".whl") or filename.count(".") > _MOST_DOTS:
            return False
        # Most wheels of a project share their tags with those of every other release.
        tags = "-".join(filename[:-4].rsplit("-", 3)[1:])
        suits = self._tag_sets.get(tags)
        if suits is None:
            parsed = tags_of(tags) or ()
            suits = self._tag_sets[tags] = any(tag in self._tags for tag in parsed)
        return not suits

    def _wheel(self, filename: str) -> Rank | Rejection:
        if filename.count(".") > _MOST_DOTS:
            return _rejected(filename, RejectionReason.FORMAT, "its name holds too many tags")
        try:
            build, tags = wheel_tags(filename)
        except ValueError as error:  # InvalidWheelFilename, or a build number of endless digits.
            return _rejected(filename, RejectionReason.FORMAT, str(error))
        if self._wheels_denied:
            return _rejected(filename, RejectionReason.BINARY_DENIED, "--no-binary")
        if self._tags is None:
            return (0, 0, build)
        ranks = [self._tags[tag] for tag in tags if tag in self._tags]
        if not ranks:
            return _rejected(filename, RejectionReason.TAGS, "built for another platform or Python")
        return (0, min(ranks), build)

    def _sdist(self, filename: str) -> Rank | Rejection:
        try:
            parse_sdist_filename(filename)
        except InvalidSdistFilename as error:
            return _rejected(filename, RejectionReason.FORMAT, str(error))
        if self._sdists_denied:
            return _rejected(filename, RejectionReason.SDIST_DENIED, "--only-binary")
        return (1, 0, ())


def _rejected(filename: str, reason: RejectionReason, detail: str) -> Rejection:
    return Rejection(filename=filename, reason=reason, detail=detail)


def _is_denied(project: NormalizedName, denied: NameSet, other: NameSet) -> bool:
    """Whether files of a kind are; as in pip, a name in the other set is exempt from `:all:`."""
    return project in denied.names or (denied.everything and project not in other.names)


@lru_cache(maxsize=4)
def _known_tag_sets(tags: tuple[str, ...]) -> dict[str, bool]:
    """Compressed tag sets, and whether one of these tags is in them; filled as they are met."""
    return {}


@lru_cache(maxsize=4)
def tag_ranks(tags: tuple[str, ...]) -> dict[str, int]:
    """Position of each supported tag: a smaller one is more specific (PEP 425)."""
    return {tag: rank for rank, tag in enumerate(tags)}
