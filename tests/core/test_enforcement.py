"""What an enforced mapping file leaves to later files and to options."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from tests.support.maps import NOW, REPOSITORIES
from tests.support.stage import Stage

from xpip.core.decisions import Routing, Ruling
from xpip.core.facts import Hash
from xpip.core.mapping_file import MapFile, MapSource, combine_maps
from xpip.core.policy import IndexOrder, NameSet, Policy, RepositoryMap
from xpip.core.routing import route

BOTH = '[[mapping]]\npaths = ["*"]\nrepositories = ["corp", "pypi"]\n'
ACME = '[[mapping]]\nnamespace = ["acme"]\nrepositories = ["corp"]\n'
PUBLIC = '[[mapping]]\npaths = ["*"]\nrepositories = ["pypi"]\n'


def file(rules: str, path: str = "xpip.toml", *, discovered: bool = False) -> MapFile:
    """A mapping file over the repositories pypi, corp and x."""
    text = REPOSITORIES + dedent(rules)
    source = MapSource(path=path, directory="/", discovered=discovered)
    return MapFile(raw=text.encode(), source=source)


def enforced(rules: str, *, discovered: bool = False) -> MapFile:
    """An organisation's file: all of it is enforced."""
    made = file(rules, "/etc/xpip/xpip.toml", discovered=discovered)
    return MapFile(raw=b"enforced = true\n" + made.raw, source=made.source)


def together(organisation: MapFile, *others: MapFile) -> RepositoryMap:
    """An organisation's file beside a project's."""
    return combine_maps(others, [[organisation]], variables={}, now=NOW)


def routed(name: str, mapping: RepositoryMap, **policy: Any) -> Routing:
    return route(canonicalize_name(name), Policy(groups=mapping.groups, map=mapping, **policy))


def names_of(routing: Routing) -> list[list[str]]:
    return [[group.name for group in stage.groups] for stage in routing.stages]


def stage_with_both(mapping: RepositoryMap, **policy: Any) -> Stage:
    """A project, spam, that is on corp and on PyPI, unlinked."""
    stage = Stage(map=mapping, **policy)
    stage.repository("corp").has("spam", "1.0", hashes=(Hash("sha256", "ab" * 32),))
    stage.repository("pypi").has("spam", "99.0", hashes=(Hash("sha256", "cd" * 32),))
    return stage


def admitted(stage: Stage) -> set[str]:
    """Repositories whose files of spam may be chosen."""
    found = stage.find("spam")
    releases = map(found.selection.release, found.selection.versions)
    return {each.origin.group for release in releases for each in release.candidates}


def test_enforced_rule_decides_before_the_project_s_own_rules() -> None:
    """However early the project's rule stands, and however well it matches."""
    mapping = together(
        enforced(ACME), file('[[mapping]]\npaths = ["acme-lib"]\nrepositories = ["pypi"]\n')
    )
    assert names_of(routed("acme-lib", mapping)) == [["corp"]]


def test_name_that_no_enforced_rule_matches_is_the_project_s_own_affair() -> None:
    """The organisation speaks of its own names alone."""
    mapping = together(enforced(ACME), file(PUBLIC))
    assert names_of(routed("spam", mapping)) == [["pypi"]]


def test_name_that_no_rule_matches_is_open_where_only_enforced_rules_are_in_force() -> None:
    """As without a mapping file: `open_groups` are asked."""
    mapping = together(enforced(ACME))
    assert mapping.open_groups == ()
    assert not names_of(routed("spam", mapping))[0]


def test_later_rule_drops_a_repository() -> None:
    """It is asked and judged, and nothing of it is chosen."""
    declared = BOTH + 'merge = "declared"\nreason = "ours"\n'
    mapping = together(
        enforced(declared), file('[[mapping]]\npaths=["spam"]\nrepositories=["corp"]')
    )
    assert admitted(stage_with_both(mapping)) == {"corp"}


def with_the_first_one_dropped(**at_pypi: Any) -> Stage:
    """PyPI and corp are enforced, and a later file drops PyPI; both have spam 1.0."""
    first = BOTH.replace('"corp", "pypi"', '"pypi", "corp"')
    declared = first + 'merge = "declared"\nreason = "ours"\n'
    later = file('[[mapping]]\npaths=["spam"]\nrepositories=["corp"]')
    stage = Stage(map=together(enforced(declared), later))
    stage.repository("pypi").has("spam", "99.0").has("spam", "1.0", **at_pypi)
    stage.repository("corp").has("spam", "1.0")
    return stage


def test_dropped_repository_offers_no_file_and_no_version() -> None:
    """Not even the same file, though its repository comes first."""
    selection = with_the_first_one_dropped().find("spam").selection
    (candidate,) = (each for v in selection.versions for each in selection.release(v).candidates)
    assert (str(candidate.version), candidate.origin.group) == ("1.0", "corp")
    assert [str(version) for version in selection.versions] == ["1.0"]


def test_dropped_repository_still_bears_witness() -> None:
    """It lists the same name with another content: one of the two was tampered with."""
    stage = with_the_first_one_dropped(hashes=(Hash("sha256", "cd" * 32),))
    assert admitted(stage) == set()


def test_later_rule_does_not_settle_what_the_enforced_rule_leaves_in_conflict() -> None:
    """A project file that picks the public namesake would be dependency confusion by proxy."""
    mapping = together(enforced(BOTH), file('[[mapping]]\npaths=["spam"]\nrepositories=["pypi"]'))
    assert stage_with_both(mapping).find("spam").verdict.ruling is Ruling.CONFLICT


def test_later_rule_adds_a_demand() -> None:
    """Both rules' demands hold."""
    demanding = '[[mapping]]\npaths=["spam"]\nrepositories=["corp"]\nhashes="required"\n'
    mapping = together(enforced('[[mapping]]\npaths=["*"]\nrepositories=["corp"]'), file(demanding))
    stage = Stage(map=mapping)
    stage.repository("corp").has("spam", "2.0", hashes=()).has("spam", "1.0")
    assert stage.pins("spam") == {"spam": "1.0"}


def test_later_rule_may_ask_for_more_voices() -> None:
    """A `threshold` is a demand too: what one repository alone lists is withheld."""
    declared = BOTH + 'merge = "declared"\nreason = "ours"\n'
    demanding = '[[mapping]]\npaths=["spam"]\nrepositories=["corp", "pypi"]\nthreshold=2\n'
    assert admitted(stage_with_both(together(enforced(declared)))) == {"corp", "pypi"}
    assert admitted(stage_with_both(together(enforced(declared), file(demanding)))) == set()


def test_later_rule_does_not_take_a_demand_back() -> None:
    """A missing demand is no allowance."""
    demanding = '[[mapping]]\npaths=["*"]\nrepositories=["corp"]\nhashes="required"\n'
    mapping = together(
        enforced(demanding), file('[[mapping]]\npaths=["spam"]\nrepositories=["corp"]')
    )
    stage = Stage(map=mapping)
    stage.repository("corp").has("spam", "2.0", hashes=()).has("spam", "1.0")
    assert stage.pins("spam") == {"spam": "1.0"}


def test_later_rule_may_deny_the_name() -> None:
    """Nobody is asked for it then."""
    denial = '[[mapping]]\npaths=["spam"]\nrepositories=[]\nreason="ticket 7"\n'
    routing = routed("spam", together(enforced(PUBLIC), file(denial)))
    assert (routing.closed, routing.stages) == (Ruling.DENIED, ())
    assert "ticket 7" in routing.explanation


def test_later_rule_of_other_repositories_has_no_say() -> None:
    """A project's catch-all does not drop the organisation's private repository."""
    routing = routed("acme-lib", together(enforced(ACME), file(PUBLIC)))
    assert (names_of(routing), routing.stages[0].narrowing) == ([["corp"]], ())


def test_each_later_rule_of_a_row_speaks_of_the_repositories_that_it_lists() -> None:
    """One that passes names on and the one that it passes them to drop nothing of each other's."""
    row = '[[mapping]]\npaths=["spam"]\nrepositories=["corp"]\nterminating=false\n'
    declared = BOTH + 'merge = "declared"\nreason = "ours"\n'
    both = together(enforced(declared), file(row + PUBLIC))
    assert admitted(stage_with_both(both)) == {"corp", "pypi"}
    demanding = together(enforced(declared), file(row + PUBLIC + 'cooldown = "7d"\n'))
    assert admitted(stage_with_both(demanding)) == {"corp"}


def test_later_rule_that_denies_ends_the_row_whether_it_terminates_or_not() -> None:
    """What it lets pass to nobody does not come to the rules below it either."""
    declared = BOTH + 'merge = "declared"\nreason = "ours"\n'
    row = (
        '[[mapping]]\npaths=["spam"]\nrepositories=["corp"]\nterminating=false\n'
        '[[mapping]]\npaths=["spam"]\nrepositories=[]\nterminating=false\n'
    )
    mapping = together(enforced(declared), file(row + PUBLIC))
    assert admitted(stage_with_both(mapping)) == {"corp"}


def test_enforced_rule_of_another_file_narrows_like_any_later_one() -> None:
    """The first file's rule decides; what a second one enforces is demanded too."""
    demanding = '[[mapping]]\npaths=["spam"]\nrepositories=["corp"]\nhashes="required"\n'
    project = file(demanding)
    project = MapFile(raw=b"enforced = true\n" + project.raw, source=project.source)
    mapping = together(enforced(BOTH + 'merge = "declared"\nreason = "ours"\n'), project)
    stage = Stage(map=mapping)
    stage.repository("corp").has("spam", "2.0", hashes=()).has("spam", "1.0")
    stage.repository("pypi").has("spam", "99.0")
    assert stage.pins("spam") == {"spam": "1.0"}


def test_later_rules_of_the_same_file_have_no_say() -> None:
    """Within one file the first rule that matches decides."""
    organisation = file(ACME + "enforced = true\n" + BOTH, "/etc/xpip/xpip.toml")
    mapping = combine_maps([organisation], variables={}, now=NOW)
    assert routed("acme-lib", mapping).stages[0].narrowing == ()
    assert names_of(routed("spam", mapping)) == [["corp", "pypi"]]


def test_checkout_s_enforced_rule_sends_no_name_past_the_user_s_own_file() -> None:
    """Else `--map` would not help in a stranger's checkout."""
    hostile = enforced('[[mapping]]\npaths = ["*"]\nrepositories = ["x"]\n', discovered=True)
    routing = routed("spam", together(hostile, file(PUBLIC)))
    assert routing.closed is Ruling.DENIED
    assert "came with the checkout" in routing.explanation


@pytest.mark.parametrize(
    ("chosen", "denied"),
    [(("corp",), True), (("corp", "x"), False), (("x", "pypi"), True), ((), True)],
)
def test_checkout_s_enforced_rule_brings_in_nobody_whom_options_do_not_name(
    chosen: tuple[str, ...], denied: bool
) -> None:
    """One of its repositories being the user's own is no reason to ask the other."""
    hostile = enforced(
        '[[mapping]]\npaths=["*"]\nrepositories=["corp", "x"]\nmerge="declared"\nreason="-"\n',
        discovered=True,
    )
    mapping = together(hostile)
    by_name = {group.name: group for group in mapping.groups}
    mapping = replace(mapping, open_groups=tuple(by_name[name] for name in chosen))
    routing = routed("spam", mapping)
    assert (routing.closed is Ruling.DENIED) is denied
    assert "and enforces x, which" in routing.explanation or chosen != ("corp",)


def test_checkout_s_enforced_rule_takes_no_name_that_the_user_s_own_file_refuses() -> None:
    """A file without a rule for a name refuses it: the checkout does not change that."""
    hostile = enforced('[[mapping]]\npaths = ["*"]\nrepositories = ["x"]\n', discovered=True)
    routing = routed("spam", together(hostile, file(ACME)))
    assert routing.closed is Ruling.DENIED
    assert "enforces x, which xpip.toml does not name" in routing.explanation


def passes_unusable_on(*others: MapFile, **policy: Any) -> set[str]:
    """Where spam may come from, when corp has it, and passes on what cannot be used to PyPI."""
    row = '[[mapping]]\npaths=["spam"]\nrepositories=["corp"]\nterminating=false\n'
    stage = Stage(map=together(enforced(row + 'on-unusable="next"\n' + PUBLIC), *others), **policy)
    stage.repository("corp").has("spam", "1.0")
    stage.repository("pypi").has("spam", "99.0")
    return admitted(stage)


def test_name_is_not_passed_on_because_a_later_file_drops_the_repository() -> None:
    """That would let the project file choose the public namesake."""
    assert passes_unusable_on() == {"corp"}
    assert passes_unusable_on(file(PUBLIC)) == set()


def test_name_is_not_passed_on_because_of_a_later_demand() -> None:
    """It takes files away; whoever comes next in the enforced rules gains nothing by it."""
    demanding = '[[mapping]]\npaths=["spam"]\nrepositories=["corp", "pypi"]\ncooldown="7d"\n'
    assert passes_unusable_on(file(demanding)) == set()


@pytest.mark.parametrize(
    "options",
    [
        {"no_binary": NameSet(everything=True)},
        {"cutoff": NOW},
        {"hashes_required": True},
        {"known_hashes": {"spam": frozenset({Hash("sha256", "ee" * 32)})}},
    ],
    ids=["no binary", "uploaded prior to", "require hashes", "known hashes"],
)
def test_name_is_not_passed_on_because_of_an_option(options: dict[str, Any]) -> None:
    """An enforced rule holds under every option."""
    assert passes_unusable_on(**options) == set()


def test_enforced_rule_that_passes_names_on_passes_them_to_enforced_rules_alone() -> None:
    """A private name does not become public because the organisation's rule is loose."""
    mapping = together(enforced(ACME + "terminating = false\n"), file(PUBLIC))
    assert names_of(routed("acme-lib", mapping)) == [["corp"]]


@pytest.mark.parametrize(
    "options",
    [
        {"order": IndexOrder.INDEX},
        {"unsafe_merge": frozenset({"spam"})},
        {"known_hashes": {"spam": frozenset({Hash("sha256", "cd" * 32)})}},
    ],
    ids=["index order", "unsafe merge", "known hashes"],
)
def test_option_does_not_settle_a_conflict_of_enforced_repositories(
    options: dict[str, Any],
) -> None:
    """An enforced rule is judged as it would be without options."""
    stage = stage_with_both(together(enforced(BOTH), file(BOTH)), **options)
    assert stage.find("spam").verdict.ruling is Ruling.CONFLICT


def test_same_content_does_not_settle_a_conflict_of_enforced_repositories() -> None:
    """Without an enforced rule, files whose hashes are all known merge (PEP 708's second step)."""
    same = (Hash("sha256", "ab" * 32),)
    known = {canonicalize_name("spam"): frozenset(same)}
    stage = stage_with_both(together(enforced(BOTH)), known_hashes=known)
    stage.repository("pypi").has("spam", "1.0", hashes=same)
    stage.repository("corp")
    assert stage.find("spam").verdict.ruling is Ruling.CONFLICT


def test_known_hashes_choose_among_the_files_of_an_enforced_rule() -> None:
    """They settle nothing, and still let in only what has them."""
    declared = BOTH + 'merge = "declared"\nreason = "ours"\n'
    known = {canonicalize_name("spam"): frozenset({Hash("sha256", "ab" * 32)})}
    mapping = together(enforced(declared))
    assert admitted(stage_with_both(mapping, known_hashes=known)) == {"corp"}


def test_outage_of_an_enforced_repository_may_not_be_skipped() -> None:
    """What it would have said might have been a refusal."""
    stage = stage_with_both(
        together(enforced(BOTH)), unsafe_skip=frozenset({"https://corp.example/simple/"})
    )
    stage.repository("corp").fails("spam")
    assert stage.find("spam").verdict.ruling is Ruling.UNAVAILABLE
