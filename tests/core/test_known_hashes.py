"""Files whose hashes are known: first of all steps, before any judgement."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from tests.support.stage import Stage

from xpip.core.decisions import Candidate, Ruling
from xpip.core.discovery import Finding
from xpip.core.facts import Found, Hash, Misfit, MisfitKind, ProjectPage
from xpip.core.known_hashes import all_known, only_known

SPAM = canonicalize_name("spam")
GOOD, EVIL = Hash("sha256", "aa" * 32), Hash("sha256", "ee" * 32)
WEAK = Hash("md5", "aa" * 16)


def stage_knowing(*known: Hash) -> Stage:
    return Stage(known_hashes={SPAM: frozenset(known)})


def page(*files: tuple[str, tuple[Hash, ...]]) -> ProjectPage:
    corp = Stage().repository("corp").says("spam")
    for version, hashes in files:
        corp.has("spam", version, hashes=hashes)
    answer = corp.answer("spam")
    assert isinstance(answer, Found)
    return answer.page


def versions(of: ProjectPage) -> list[str]:
    return [str(release.version) for release in of.releases]


def chosen(finding: Finding) -> list[tuple[str, str]]:
    options = finding.selection.matching(SpecifierSet())
    return [(str(o.version), o.origin.group) for o in options if isinstance(o, Candidate)]


def test_known_file_is_taken_from_the_only_repository_that_has_it() -> None:
    """V23: a pinned file that only one of two repositories lists settles whose name it is."""
    stage = stage_knowing(GOOD)
    stage.repository("pypi").has("spam", "99.0", hashes=(EVIL,))
    stage.repository("corp").has("spam", "1.0", hashes=(GOOD,))
    finding = stage.find("spam")
    assert (finding.verdict.ruling, chosen(finding)) == (Ruling.SOLE, [("1.0", "corp")])


def test_known_files_merge_when_several_repositories_hold_nothing_else() -> None:
    """T24: identical content cannot be a confusion."""
    stage = stage_knowing(GOOD)
    for name in ("pypi", "corp"):
        stage.repository(name).has("spam", "1.0", hashes=(GOOD,)).has("spam", "2.0", hashes=(EVIL,))
    finding = stage.find("spam")
    assert (finding.verdict.ruling, chosen(finding)) == (Ruling.KNOWN_HASHES, [("1.0", "pypi")])


def test_file_without_a_hash_stays_and_is_in_conflict() -> None:
    """T24: what it is is seen when it is fetched; until then it shows nothing."""
    stage = stage_knowing(GOOD)
    stage.repository("pypi").has("spam", "1.0", hashes=())
    stage.repository("corp").has("spam", "1.0", hashes=(GOOD,))
    assert stage.find("spam").verdict.ruling is Ruling.CONFLICT


def test_name_is_absent_when_no_repository_has_a_known_file() -> None:
    """An unknown file is none."""
    stage = stage_knowing(GOOD)
    stage.repository("pypi").has("spam", "1.0", hashes=(EVIL,))
    finding = stage.find("spam")
    assert (finding.verdict.ruling, chosen(finding)) == (Ruling.ABSENT, [])


def test_hashes_of_one_name_say_nothing_of_another() -> None:
    """Each name has its own."""
    stage = stage_knowing(GOOD)
    stage.repository("pypi").has("eggs", "1.0", hashes=(EVIL,))
    assert chosen(stage.find("eggs")) == [("1.0", "pypi")]


def test_page_keeps_only_what_is_known_or_has_no_hash() -> None:
    """Releases that are left without a file go, and so do files of no release."""
    listed = page(("1.0", (GOOD,)), ("2.0", (EVIL,)), ("3.0", ()), ("4.0", (EVIL, GOOD)))
    assert versions(only_known(listed, frozenset({GOOD}))) == ["1.0", "3.0", "4.0"]
    misfit = Misfit(filename="spam.egg", kind=MisfitKind.FORMAT)
    bare = ProjectPage(
        project=SPAM, repository=listed.repository, url=listed.url, misfits=(misfit,)
    )
    assert only_known(bare, frozenset({GOOD})).file_count == 0


def test_weak_hash_neither_claims_nor_knows() -> None:
    """A file with no other is one without a hash; beside another, md5 does not save it."""
    listed = page(("1.0", (WEAK,)), ("2.0", (WEAK, EVIL)))
    assert versions(only_known(listed, frozenset({WEAK, GOOD}))) == ["1.0"]
    assert not all_known([page(("1.0", (WEAK,)))], frozenset({WEAK}))


def test_pages_without_any_file_show_nothing() -> None:
    """An empty set of files is not one whose every file is known."""
    assert not all_known([page()], frozenset({GOOD}))


def test_file_is_known_by_any_of_its_hashes() -> None:
    """A page may give several."""
    other = Hash("sha512", "bb" * 64)
    listed = [page(("1.0", (other, GOOD)))]
    assert all_known(listed, frozenset({GOOD}))
