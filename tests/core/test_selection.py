"""Which files may be chosen: every one ends as a candidate, or as a rejection with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, overload

import pytest
from msgspec.structs import replace
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.decisions import Candidate, Origin, RejectionReason, Ruling
from xpip.core.facts import File, Hash, ListedFiles, ProjectPage, Release, Repository
from xpip.core.file_hosts import FileHosts
from xpip.core.policy import MappingRule, NameSet, Policy, RepositoryGroup, Target
from xpip.core.selection import AdmittedPage, Option, Selection, Withheld, is_exact
from xpip.core.simple.files import sort_files

SPAM = canonicalize_name("spam")
OPEN = Policy(groups=())
LINUX = Target(
    python_version=Version("3.12.1"),
    tags=(
        "cp312-cp312-linux_x86_64",
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp312-abi3-manylinux_2_17_x86_64",
        "py312-none-any",
        "py3-none-any",
    ),
    environment={},
)
Listed = str | tuple[str, dict[str, Any]]


def page(*listed: Listed, host: str = "corp.example", scheme: str = "https") -> ProjectPage:
    entries = [(each, {}) if isinstance(each, str) else each for each in listed]
    url = f"{scheme}://{host}/simple/spam/"
    rows = [
        {"filename": name, "url": name, "hashes": {"sha256": "ab"}, **fields}
        for name, fields in entries
    ]
    releases, misfits = sort_files(rows, SPAM, url)
    repository = Repository(url=f"{scheme}://{host}/simple/")
    return ProjectPage(
        project=SPAM, repository=repository, url=url, releases=releases, misfits=misfits
    )


def origin(of: ProjectPage) -> Origin:
    return Origin(
        group=of.repository.url,
        repository=of.repository.url,
        page_url=of.url,
        rule="--index-url",
        ruling=Ruling.SOLE,
    )


def select(*listed: Listed, policy: Policy = OPEN, target: Target = LINUX) -> Selection:
    return select_from(page(*listed), policy=policy, target=target)


def select_from(*pages: ProjectPage, policy: Policy = OPEN, target: Target = LINUX) -> Selection:
    return Selection(SPAM, [admitted(each) for each in pages], policy=policy, target=target)


def admitted(of: ProjectPage, *, rule: MappingRule | None = None) -> AdmittedPage:
    group = RepositoryGroup(
        name=of.repository.url, mirrors=(of.repository,), declared_at="--index-url"
    )
    return AdmittedPage(
        page=of,
        group=group,
        origin=origin(of),
        hosts=FileHosts(group, (), strict=rule is not None),
        rules=(rule,) if rule else (),
    )


def wheel(version: str, tag: str = "py3-none-any", **fields: Any) -> Listed:
    name = f"spam-{version}-{tag}.whl"
    return (name, {key.replace("_", "-"): value for key, value in fields.items()})


def names(candidates: Iterable[Option]) -> list[str]:
    return [each.file.filename for each in candidates if isinstance(each, Candidate)]


def chosen(selection: Selection, specifier: str = "") -> list[Candidate]:
    options = selection.matching(SpecifierSet(specifier))
    return [each for each in options if isinstance(each, Candidate)]


def withheld(selection: Selection, specifier: str = "") -> list[tuple[str, RejectionReason]]:
    options = selection.matching(SpecifierSet(specifier))
    found = [each.rejection for each in options if isinstance(each, Withheld)]
    return [(each.filename, each.reason) for each in found]


def matching(selection: Selection, specifier: str = "") -> list[str]:
    return [str(each.version) for each in chosen(selection, specifier)]


def rejected(selection: Selection) -> dict[str, RejectionReason]:
    return {each.filename: each.reason for each in selection.rejections()}


class CountedFiles(ListedFiles):
    """Files that note which of them were built."""

    def __init__(self, named: Sequence[str]) -> None:
        self._named = named
        self.built: list[str] = []

    def filenames(self) -> Sequence[str]:
        return self._named

    def __len__(self) -> int:
        return len(self._named)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        assert isinstance(index, int)
        name = self._named[index]
        self.built.append(name)
        return File(filename=name, url=f"https://corp.example/{name}")


# Versions


def test_releases_come_newest_first_whatever_the_page_order() -> None:
    """PEP 440's order, not the text's."""
    selection = select(wheel("1.9"), wheel("1.10"), wheel("1!0.1"), wheel("1.10.post1"))
    assert matching(selection) == ["1!0.1", "1.10.post1", "1.10", "1.9"]


def test_releases_of_all_pages_compete_together() -> None:
    """PEP 766's version priority, among pages that were judged to be one namespace."""
    selection = select_from(page(wheel("1.0")), page(wheel("2.0"), host="b.example"))
    assert matching(selection) == ["2.0", "1.0"]


def test_only_releases_that_satisfy_the_specifier_match() -> None:
    """And those that have a file to choose."""
    selection = select(wheel("1.0"), wheel("2.0"), wheel("2.5", "py2-none-any"), wheel("3.0"))
    assert matching(selection, ">=1.5,<3") == ["2.0"]


@pytest.mark.parametrize(
    "specifier", ["==1.0", "<=1.0", ">=1.0", "~=1.0", "==1.0.*", "===1.0+cu118"]
)
def test_local_version_matches_where_its_public_one_does(specifier: str) -> None:
    """PEP 440: a specifier without a local label ignores the candidate's."""
    assert matching(select(wheel("1.0+cu118")), specifier) == ["1.0+cu118"]


@pytest.mark.parametrize("specifier", [">1.0", "!=1.0", "<1.0", "===1.0", "==1.0+cpu"])
def test_local_version_does_not_match_where_its_public_one_does_not(specifier: str) -> None:
    """PEP 440: a local version is not `>` its public one; `===` compares text."""
    assert matching(select(wheel("1.0+cu118")), specifier) == []


def test_local_version_sorts_above_its_public_one() -> None:
    """PEP 440."""
    assert matching(select(wheel("1.0"), wheel("1.0+cu118")), "==1.0") == ["1.0+cu118", "1.0"]


# Pre-releases (PEP 440, "Handling of pre-releases")


@pytest.mark.parametrize("version", ["2.0a1", "2.0rc1", "2.0.dev3", "2.0a1.post1"])
def test_prerelease_is_passed_over_when_a_final_release_will_do(version: str) -> None:
    """Developmental releases are pre-releases too."""
    assert matching(select(wheel("1.0"), wheel(version)), ">=0.5") == ["1.0"]


def test_prerelease_matches_when_no_final_release_satisfies_the_specifier() -> None:
    """The exception is made for this specifier, not for the project."""
    selection = select(wheel("1.0"), wheel("2.0rc1"))
    assert matching(selection, ">1.0") == ["2.0rc1"]
    assert matching(selection) == ["1.0"]


def test_prerelease_matches_when_no_final_release_has_a_usable_file() -> None:
    """A release that cannot be installed here satisfies nothing."""
    assert matching(select(wheel("1.0", "py2-none-any"), wheel("2.0rc1"))) == ["2.0rc1"]


def test_prerelease_matches_when_the_specifier_names_one() -> None:
    """PEP 440: `>=2.0a1` says that pre-releases will do."""
    selection = select(wheel("1.0"), wheel("2.0a1"), wheel("2.0a2"), wheel("3.0"))
    assert matching(selection, ">=2.0a1") == ["3.0", "2.0a2", "2.0a1"]


def test_prerelease_matches_when_the_policy_allows_them() -> None:
    """`--pre`."""
    selection = select(wheel("1.0"), wheel("2.0a1"), policy=Policy(groups=(), prereleases=True))
    assert matching(selection) == ["2.0a1", "1.0"]


# Yanked files (PEP 592)


def test_yanked_file_is_passed_over_when_anything_else_will_do() -> None:
    """PEP 592: must be ignored then; its reason is kept."""
    selection = select(wheel("1.0"), wheel("2.0", yanked="too spicy"))
    assert matching(selection) == ["1.0"]
    [rejection] = selection.rejections()
    assert (rejection.reason, rejection.detail) == (RejectionReason.YANKED, "too spicy")


@pytest.mark.parametrize("specifier", ["==2.0", "===2.0", "==2.0,>1"])
def test_yanked_file_is_chosen_when_it_is_pinned(specifier: str) -> None:
    """PEP 592: an exact pin that nothing else satisfies."""
    selection = select(wheel("1.0"), wheel("2.0", yanked=True))
    [candidate] = chosen(selection, specifier)
    assert (candidate.version, candidate.file.yanked) == (Version("2.0"), True)


@pytest.mark.parametrize("specifier", ["", ">=2.0", "==2.*", "~=2.0", "<=2.0,>=2.0"])
def test_yanked_file_is_not_chosen_when_no_pin_asks_for_it(specifier: str) -> None:
    """PEP 592: a range that only a yanked file satisfies finds nothing."""
    assert matching(select(wheel("2.0", yanked=True)), specifier) == []


def test_yanked_file_is_passed_over_when_another_of_its_release_is_not() -> None:
    """PEP 592: yanking is per file."""
    better = wheel("1.0", "cp312-cp312-linux_x86_64", yanked=True)
    selection = select(better, wheel("1.0"))
    assert names(selection.matching(SpecifierSet("==1.0"))) == ["spam-1.0-py3-none-any.whl"]


def test_yanked_file_is_passed_over_when_another_version_satisfies_the_pin() -> None:
    """PEP 592: a pin may match several versions, and all must be yanked."""
    selection = select(wheel("1.0", yanked=True), wheel("1.0+local"))
    assert matching(selection, "==1.0") == ["1.0+local"]


@pytest.mark.parametrize(
    ("specifier", "exact"),
    [("==1.0", True), ("===1.0", True), ("==1.0,<2", True), ("==1.*", False), (">=1", False)],
)
def test_specifier_is_exact_when_it_names_one_version(specifier: str, exact: bool) -> None:
    """PEP 592 speaks of `==` without a wildcard, and of `===`."""
    assert is_exact(SpecifierSet(specifier)) is exact


# The best file of a release


def test_wheel_with_the_more_specific_tag_comes_first() -> None:
    """PEP 425: in the order of the target's tags, not the page's."""
    tags = ["py3-none-any", "cp312-abi3-manylinux_2_17_x86_64", "cp312-cp312-linux_x86_64"]
    selection = select(*(wheel("1.0", tag) for tag in tags))
    assert names(selection.release(Version("1.0")).candidates) == [
        "spam-1.0-cp312-cp312-linux_x86_64.whl",
        "spam-1.0-cp312-abi3-manylinux_2_17_x86_64.whl",
        "spam-1.0-py3-none-any.whl",
    ]


def test_one_file_is_built_when_the_best_one_is_wanted() -> None:
    """A release can have a hundred files: of the others their names are enough."""
    files = CountedFiles([wheel("1.0", tag)[0] for tag in ("py3-none-any", *LINUX.tags[:3])])
    listed = replace(page(), releases=(Release(version=Version("1.0"), files=files),))
    [best] = chosen(select_from(listed))
    assert best.file.filename == "spam-1.0-cp312-cp312-linux_x86_64.whl"
    assert files.built == ["spam-1.0-cp312-cp312-linux_x86_64.whl"]


def test_wheel_with_several_tags_counts_with_the_best_one() -> None:
    """PEP 425: a compressed tag set stands for all its combinations."""
    compressed = "cp311.cp312-cp311.cp312-manylinux1_x86_64.manylinux_2_17_x86_64"
    selection = select(wheel("1.0"), wheel("1.0", compressed))
    [best] = chosen(selection)
    assert best.file.filename == f"spam-1.0-{compressed}.whl"


def test_higher_build_tag_comes_first_among_equals() -> None:
    """The wheel specification: numbers first, then text; none is the lowest."""
    builds = ["py3-none-any", "2-py3-none-any", "10-py3-none-any", "10a-py3-none-any"]
    selection = select(*(wheel("1.0", build) for build in builds))
    assert names(selection.release(Version("1.0")).candidates) == [
        "spam-1.0-10a-py3-none-any.whl",
        "spam-1.0-10-py3-none-any.whl",
        "spam-1.0-2-py3-none-any.whl",
        "spam-1.0-py3-none-any.whl",
    ]


def test_tag_goes_before_build_tag() -> None:
    """The build tag is a tie-breaker, no more."""
    selection = select(wheel("1.0", "9-py3-none-any"), wheel("1.0", "py312-none-any"))
    [best] = chosen(selection)
    assert best.file.filename == "spam-1.0-py312-none-any.whl"


def test_earlier_declared_group_comes_first_among_equals() -> None:
    """Never an accident of list order."""
    first, second = page(wheel("1.0"), host="a.example"), page(wheel("1.0"), host="b.example")
    [best] = chosen(select_from(first, second))
    assert best.origin == origin(first)
    [best] = chosen(select_from(second, first))
    assert best.origin == origin(second)


def test_candidate_is_made_only_once() -> None:
    """The resolver compares candidates by identity."""
    selection = select(wheel("1.0"))
    [first], [second] = (chosen(selection, text) for text in ("", "==1.0"))
    assert first is second


# Releases that are passed over


def test_release_that_is_passed_over_is_not_offered() -> None:
    """Whoever searches knows which releases are of no use to it, and there can be thousands."""
    selection = select(wheel("1.0"), wheel("2.0"), wheel("3.0"))
    spent = 1 << (selection.place_of(Version("2.0")) or 0)
    found = selection.matching(SpecifierSet("<3"), passing_over=spent)
    assert [str(each.version) for each in found] == ["1.0"]


@pytest.mark.parametrize("listed", [wheel("2.0rc1"), wheel("2.0", yanked=True)])
def test_release_that_is_passed_over_counts_as_one_that_will_do(listed: Listed) -> None:
    """No pre-release, and nothing yanked, takes its place (PEP 440, PEP 592)."""
    selection = select(wheel("2.0+cpu"), listed)
    spent = 1 << (selection.place_of(Version("2.0+cpu")) or 0)
    for text in ("==2.0", "<=2.0"):
        assert not [*selection.matching(SpecifierSet(text), passing_over=spent)]


def test_version_that_is_not_listed_has_no_place() -> None:
    """Of what is installed, or lies elsewhere, nothing is offered here."""
    selection = select(wheel("1.0"), wheel("3.0"))
    places = [selection.place_of(Version(text)) for text in ("4.0", "3.0", "2.0", "1.0", "0.1")]
    assert places == [None, 0, None, 1, None]


# Rejections


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (wheel("1.0", "cp313-cp313-linux_x86_64"), RejectionReason.TAGS),
        (wheel("1.0", "py3-none-win_amd64"), RejectionReason.TAGS),
        (wheel("1.0", requires_python=">=3.13"), RejectionReason.PYTHON),
        (wheel("1.0", yanked=True), RejectionReason.YANKED),
        ("spam-1.0-py3-none-any-x86_64_v3.whl", RejectionReason.FORMAT),
        (wheel("1.0", f"{'1' * 5000}-py3-none-any"), RejectionReason.FORMAT),
        ("spam-1.0.egg", RejectionReason.FORMAT),
        ("eggs-1.0-py3-none-any.whl", RejectionReason.NAME),
        (wheel("1.0", url="file:///srv/spam.whl"), RejectionReason.FILE_HOST_FOREIGN),
        (wheel("1.0", url="ftp://corp.example/spam.whl"), RejectionReason.FILE_HOST_FOREIGN),
        (wheel("1.0", url="https://["), RejectionReason.FILE_HOST_FOREIGN),
    ],
)
def test_file_is_rejected_with_its_reason(listed: Listed, reason: RejectionReason) -> None:
    """One reason of a closed list, for each file that is passed over."""
    selection = select(listed)
    assert list(rejected(selection).values()) == [reason]
    assert matching(selection) == []


def test_wheel_is_rejected_when_its_tags_multiply_beyond_measure() -> None:
    """PEP 425: a hundred by a hundred by a hundred would be a million tags."""
    hundred = ".".join(f"t{number}" for number in range(100))
    selection = select(wheel("1.0", f"{hundred}-{hundred}-{hundred}"))
    assert list(rejected(selection).values()) == [RejectionReason.FORMAT]


@pytest.mark.parametrize("requires_python", [">=3.12", "~=3.8", "<4,!=3.11.*", "three", ">=3.8.*"])
def test_file_is_kept_when_its_requires_python_allows_the_target_or_is_unreadable(
    requires_python: str,
) -> None:
    """The simple API says to ignore what is excluded; an unreadable value excludes nothing."""
    assert matching(select(wheel("1.0", requires_python=requires_python))) == ["1.0"]


def test_requires_python_admits_a_prerelease_of_an_interpreter() -> None:
    """Those who test the next Python need packages for it."""
    target = replace(LINUX, python_version=Version("3.14.0rc1"))
    assert matching(select(wheel("1.0", requires_python=">=3.12"), target=target)) == ["1.0"]


def test_foreign_file_host_is_followed_when_the_page_gives_a_secure_hash() -> None:
    """PEP 503 allows files to lie anywhere, and most large repositories have a host for them."""
    listed = wheel("1.0", url="https://files.example/spam.whl")
    assert matching(select(listed)) == ["1.0"]


@pytest.mark.parametrize("url", ["https://files.example/spam.whl", "http://corp.example/spam.whl"])
@pytest.mark.parametrize("hashes", [{}, {"md5": "ab"}], ids=["none", "md5"])
def test_foreign_file_host_is_not_followed_when_nothing_says_what_must_come(
    url: str, hashes: dict[str, str]
) -> None:
    """Another host, or the same one without encryption: anyone could answer there."""
    selection = select(wheel("1.0", url=url, hashes=hashes))
    assert list(rejected(selection).values()) == [RejectionReason.FILE_HOST_FOREIGN]


def test_file_is_kept_without_a_hash_when_it_lies_beside_its_page() -> None:
    """What vouches for the page vouches for the file."""
    assert matching(select(wheel("1.0", hashes={}))) == ["1.0"]


def test_file_link_is_followed_when_the_page_itself_is_local() -> None:
    """A directory of wheels."""
    local = page(wheel("1.0", hashes={}), host="", scheme="file")
    assert matching(select_from(local)) == ["1.0"]


def test_wheels_are_rejected_when_the_policy_denies_them_to_the_project() -> None:
    """`--no-binary`, by name or for all."""
    for denied in (NameSet(names=frozenset({SPAM})), NameSet(everything=True)):
        selection = select(wheel("1.0"), policy=Policy(groups=(), no_binary=denied))
        assert list(rejected(selection).values()) == [RejectionReason.BINARY_DENIED]
    others = Policy(groups=(), no_binary=NameSet(names=frozenset({canonicalize_name("eggs")})))
    assert matching(select(wheel("1.0"), policy=others)) == ["1.0"]


def test_name_is_exempt_from_what_is_denied_to_all() -> None:
    """`--only-binary :all: --no-binary spam` builds spam alone, and the other way round."""
    everything, spam = NameSet(everything=True), NameSet(names=frozenset({SPAM}))
    built = Policy(groups=(), only_binary=everything, no_binary=spam)
    assert list(rejected(select(wheel("1.0"), policy=built)).values()) == [
        RejectionReason.BINARY_DENIED
    ]
    assert matching(select("spam-1.0.tar.gz", policy=built)) == ["1.0"]
    taken = Policy(groups=(), only_binary=spam, no_binary=everything)
    assert matching(select(wheel("1.0"), policy=taken)) == ["1.0"]


def test_rejections_are_those_of_the_releases_that_satisfy() -> None:
    """What else the page lists explains nothing about this requirement."""
    selection = select(wheel("1.0", "py2-none-any"), wheel("2.0", "py2-none-any"), "spam-3.0.egg")
    [rejection] = selection.rejections(SpecifierSet("<2"))
    assert rejection.filename == "spam-1.0-py2-none-any.whl"
    assert len(selection.rejections()) == 3


# Upload times


NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
COOL = Policy(groups=(), cutoff=NOON)


def ruled(*, policy: Policy = OPEN, listed: Sequence[Listed] = (), **fields: Any) -> Selection:
    """What is selected under a rule with these fields."""
    rule = MappingRule(
        source="xpip.toml",
        key_path="mapping[0]",
        declared_at="xpip.toml:3",
        patterns=(),
        groups=(),
        **fields,
    )
    pages = [admitted(page(*listed), rule=rule)]
    return Selection(SPAM, pages, policy=policy, target=LINUX)


def test_file_is_rejected_when_it_was_uploaded_too_lately() -> None:
    """At the cutoff itself too: what is allowed was uploaded before it."""
    selection = select(
        wheel("1.0", upload_time="2026-11-14T11:59:59Z"),
        wheel("2.0", upload_time="2026-11-14T12:00:00Z"),
        wheel("3.0", upload_time="2026-11-20T00:00:00Z"),
        policy=COOL,
    )
    assert matching(selection) == ["1.0"]
    assert set(rejected(selection).values()) == {RejectionReason.COOLDOWN}


def test_file_is_rejected_when_a_demand_needs_the_upload_time_that_its_page_does_not_say() -> None:
    """Unknown is not old."""
    selection = select(wheel("1.0"), policy=COOL)
    assert list(rejected(selection).values()) == [RejectionReason.NO_UPLOAD_TIME]
    lenient = replace(COOL, no_upload_time_allowed=True)
    assert matching(select(wheel("1.0"), policy=lenient)) == ["1.0"]


def test_file_is_kept_without_an_upload_time_when_nothing_demands_one() -> None:
    """Most repositories do not give it."""
    assert matching(select(wheel("1.0"))) == ["1.0"]


def test_local_file_needs_no_upload_time() -> None:
    """Who put it there is the user."""
    local = page(wheel("1.0", hashes={}), host="", scheme="file")
    assert matching(select_from(local, policy=COOL)) == ["1.0"]


def test_rule_demands_a_cooldown_of_its_own() -> None:
    """The stricter one of the rule's and the run's counts."""
    listed = [wheel("1.0", upload_time="2026-11-10T00:00:00Z")]
    earlier = datetime(2026, 11, 1, tzinfo=UTC)
    assert matching(ruled(listed=listed, cutoff=NOON)) == ["1.0"]
    assert matching(ruled(listed=listed, cutoff=earlier)) == []
    assert matching(ruled(listed=listed, cutoff=earlier, policy=COOL)) == []
    assert matching(ruled(listed=listed, cutoff=NOON, policy=replace(COOL, cutoff=earlier))) == []


def test_rule_allows_files_without_an_upload_time() -> None:
    """`no-upload-time = "allow"`, for the names of the rule."""
    listed = [wheel("1.0")]
    assert matching(ruled(listed=listed, cutoff=NOON)) == []
    assert matching(ruled(listed=listed, cutoff=NOON, no_upload_time_allowed=True)) == ["1.0"]


def test_allowance_of_one_demand_does_not_loosen_the_other() -> None:
    """A checkout's map does not open `--uploaded-prior-to`, nor an option the map's rule."""
    listed = [wheel("1.0")]
    assert matching(ruled(listed=listed, no_upload_time_allowed=True, policy=COOL)) == []
    lenient = replace(COOL, no_upload_time_allowed=True)
    assert matching(ruled(listed=listed, cutoff=NOON, policy=lenient)) == []


def test_file_that_one_page_lists_twice_with_different_contents_is_withheld() -> None:
    """Its place in the list must not decide which content is meant."""
    twice = [wheel("1.0", hashes={"sha256": "1" * 64}), wheel("1.0", hashes={"sha256": "2" * 64})]
    assert set(rejected(select(*twice)).values()) == {RejectionReason.HASH_CONFLICT}


# Files that would have been chosen and may not be


def same_name(*digests: str) -> list[ProjectPage]:
    """Pages that each list spam 1.0 under one file name, with these digests."""
    return [
        page(wheel("1.0", hashes={"sha256": digest}), host=f"{number}.example")
        for number, digest in enumerate(digests)
    ]


def test_file_is_withheld_when_pages_list_it_with_different_contents() -> None:
    """One name must mean one content; neither page is believed."""
    selection = select_from(*same_name("aa", "bb"))
    assert matching(selection) == []
    assert withheld(selection) == [("spam-1.0-py3-none-any.whl", RejectionReason.HASH_CONFLICT)]


def test_file_is_kept_when_pages_list_it_with_the_same_content() -> None:
    """Or in digests that cannot be compared."""
    assert matching(select_from(*same_name("aa", "aa"))) == ["1.0"]
    other = page(wheel("1.0", hashes={"sha512": "bb", "md5": "cc"}), host="b.example")
    weak = [page(wheel("1.0", hashes={"md5": digest}), host=f"{digest}.example") for digest in "ab"]
    assert matching(select_from(*weak)) == ["1.0"]
    assert matching(select_from(*same_name("aa"), other)) == ["1.0"]


def test_file_is_withheld_when_it_lies_on_a_foreign_host_and_would_be_chosen() -> None:
    """Going on with an older release would hide that something is wrong."""
    foreign = wheel("2.0", url="https://files.example/spam.whl")
    selection = ruled(listed=[wheel("1.0"), foreign])
    assert withheld(selection) == [("spam-2.0-py3-none-any.whl", RejectionReason.FILE_HOST_FOREIGN)]
    assert isinstance(next(selection.matching(SpecifierSet())), Withheld)


def test_nothing_is_withheld_when_a_better_file_of_the_release_may_be_chosen() -> None:
    """The refused one would not have been chosen; its rejection is kept."""
    foreign = wheel("1.0", url="https://files.example/spam.whl")
    selection = ruled(listed=[foreign, wheel("1.0", "py312-none-any")])
    assert (withheld(selection), matching(selection)) == ([], ["1.0"])
    assert list(rejected(selection).values()) == [RejectionReason.FILE_HOST_FOREIGN]


def test_nothing_is_withheld_when_the_file_cannot_be_used_here_anyway() -> None:
    """Another platform's file on another host is no news."""
    foreign = wheel("1.0", "py2-none-any", url="https://files.example/spam.whl")
    selection = ruled(listed=[foreign])
    assert withheld(selection) == []
    assert list(rejected(selection).values()) == [RejectionReason.TAGS]


def test_yanked_file_is_withheld_only_where_it_would_be_chosen() -> None:
    """PEP 592: for an exact pin that nothing else satisfies."""
    foreign = wheel("1.0", url="https://files.example/spam.whl", yanked=True)
    selection = ruled(listed=[foreign])
    assert withheld(selection) == []
    assert [name for name, _ in withheld(selection, "==1.0")] == ["spam-1.0-py3-none-any.whl"]


def test_yanked_file_does_not_hide_one_that_is_withheld() -> None:
    """The better file is passed over, so the refused one would have been chosen."""
    better = wheel("1.0", "py312-none-any", yanked=True)
    foreign = wheel("1.0", url="https://files.example/spam.whl")
    selection = ruled(listed=[better, foreign])
    assert [name for name, _ in withheld(selection)] == ["spam-1.0-py3-none-any.whl"]


# Local files first


def test_local_release_comes_first_when_the_policy_says_so() -> None:
    """`--local-first`; else the newest wins, wherever it lies."""
    local = page(wheel("1.0"), host="", scheme="file")
    pages = (page(wheel("2.0")), local)
    assert matching(select_from(*pages)) == ["2.0", "1.0"]
    assert matching(select_from(*pages, policy=Policy(groups=(), local_first=True))) == [
        "1.0",
        "2.0",
    ]


def test_local_file_comes_first_among_equals_when_the_policy_says_so() -> None:
    """Whichever repository was declared first."""
    local = page(wheel("1.0"), host="", scheme="file")
    first = Policy(groups=(), local_first=True)
    [best] = chosen(select_from(page(wheel("1.0")), local, policy=first))
    assert best.origin == origin(local)


class Sealed(Sequence[File]):
    """The files of a release that nobody may look at."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, _: Any) -> Any:
        raise AssertionError("looked at")


def test_release_is_not_judged_before_it_is_looked_at() -> None:
    """A page may list thousands of files, of which a run looks at ten."""
    listed = page(wheel("2.0"))
    older = Release(version=Version("1.0"), files=Sealed())
    selection = select_from(replace(listed, releases=(older, *listed.releases)))
    newest = next(selection.matching(SpecifierSet()))
    assert isinstance(newest, Candidate)
    assert newest.file == File(
        filename="spam-2.0-py3-none-any.whl",
        url="https://corp.example/simple/spam/spam-2.0-py3-none-any.whl",
        hashes=(Hash("sha256", "ab"),),
    )


def test_prerelease_is_told_as_passed_over_when_a_final_release_will_do() -> None:
    """Every file ends as a candidate or as a rejection with its reason."""
    selection = select(wheel("1.0"), wheel("2.0rc1"))
    assert list(rejected(selection).values()) == [RejectionReason.PRERELEASE]
    assert rejected(select(wheel("2.0rc1"))) == {}


@pytest.mark.parametrize("name", ["../spam-1.0.tar.gz", "spam-1.0\n.tar.gz", "/spam-1.0.tar.gz"])
def test_file_is_rejected_when_its_name_leads_elsewhere(name: str) -> None:
    """However it came onto a page: what was kept of one may be damaged."""
    whole = page(wheel("1.0"))
    file = replace(whole.releases[0].files[0], filename=name)
    odd = replace(whole, releases=(replace(whole.releases[0], files=(file,)),))
    release = select_from(odd).release(Version("1.0"))
    assert release.candidates == ()
    assert [each.reason for each in release.rejections] == [RejectionReason.FORMAT]
