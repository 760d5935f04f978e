"""Resolutions → a lock, and a lock → bytes; pure, and the same each time."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from packaging.pylock import Package, Pylock
from tests.support.memory import MemoryRepository
from tests.support.stage import LINUX, Stage
from tests.support.wanted import parse_requirements

from xpip.core.decisions import Resolution
from xpip.core.facts import Hash
from xpip.core.lockfile.comparing import ChangeKind, described, lock_changes
from xpip.core.lockfile.continuing import changed_origins, preferences
from xpip.core.lockfile.entries import Known
from xpip.core.lockfile.merging import Machine, merged
from xpip.core.lockfile.rendering import rendered
from xpip.core.lockfile.uses import ALWAYS, Use, UseKind, uses_of
from xpip.core.machines import parse_environment, target_of
from xpip.core.policy import NameSet
from xpip.errors import ResolutionError


def _outside(url: str) -> str:
    raise AssertionError(f"{url} lies elsewhere")


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def pypi(stage: Stage) -> MemoryRepository:
    return stage.repository("pypi", "https://user:s3cret@pypi.example/simple/")


def machine(
    stage: Stage, *wanted: str, roots: Mapping[Use, Sequence[str]] | None = None
) -> Machine:
    """What is resolved on a stage."""
    attempt = stage.resolve(*wanted)
    assert isinstance(attempt.outcome, Resolution), attempt.outcome
    parts = {ALWAYS: wanted} if roots is None else roots
    dependencies = {use: parse_requirements(each, stage.target) for use, each in parts.items()}
    return Machine(
        resolution=attempt.outcome,
        findings={each.project: each for each in attempt.findings},
        uses=uses_of(attempt.outcome, dependencies),
    )


def lock(*machines: Machine, offered: Sequence[Use] = ()) -> Pylock:
    """Their lock, as it is read again."""
    made = merged(machines, offered=offered, known=Known(beside=_outside), mapping=None)
    return Pylock.from_dict(tomllib.loads(rendered(made).decode()))


def entry(made: Pylock, project: str) -> Package:
    (found,) = (each for each in made.packages if each.name == project)
    return found


# Entries


def test_entry_has_no_secrets(stage: Stage, pypi: MemoryRepository) -> None:
    """Neither logins nor signed query strings, wherever they come from."""
    pypi.has("spam", "1.0", url="https://u:p@files.example/spam-1.0-py3-none-any.whl?sig=s3cret#x")
    made = lock(machine(stage, "spam"))
    (wheel,) = entry(made, "spam").wheels or ()
    assert wheel.url == "https://files.example/spam-1.0-py3-none-any.whl"
    assert entry(made, "spam").index == "https://pypi.example/simple/"
    assert b"s3cret" not in rendered(made)


def test_entry_has_addresses_that_can_be_read_again(stage: Stage, pypi: MemoryRepository) -> None:
    """Pages may have spaces in their links."""
    pypi.has("spam", "1.0", url="https://files.example/a b%20é/spam-1.0-py3-none-any.whl")
    (wheel,) = entry(lock(machine(stage, "spam")), "spam").wheels or ()
    assert wheel.url == "https://files.example/a%20b%20%C3%A9/spam-1.0-py3-none-any.whl"


def test_entry_has_hashes_that_prove_something(stage: Stage, pypi: MemoryRepository) -> None:
    """In lower case, and no md5."""
    hashes = (Hash("sha512", "CD" * 64), Hash("md5", "ab" * 16), Hash("sha256", "ef" * 32))
    pypi.has("spam", "1.0", hashes=hashes)
    (wheel,) = entry(lock(machine(stage, "spam")), "spam").wheels or ()
    assert wheel.hashes == {"sha256": "ef" * 32, "sha512": "cd" * 64}


def test_entry_has_times_in_utc(stage: Stage, pypi: MemoryRepository) -> None:
    """PEP 751 asks for it; `packaging` does not check it."""
    noon = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    pypi.has("spam", "1.0", upload_time=noon)
    (wheel,) = entry(lock(machine(stage, "spam")), "spam").wheels or ()
    assert wheel.upload_time == noon
    assert wheel.upload_time is not None
    assert wheel.upload_time.utcoffset() == UTC.utcoffset(None)


def test_entry_leaves_out_what_cannot_be(stage: Stage, pypi: MemoryRepository) -> None:
    """A page may claim any number; the lock still has to be one."""
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    pypi.has("spam", "1.0", upload_time=first, size=1 << 70)
    (wheel,) = entry(lock(machine(stage, "spam")), "spam").wheels or ()
    assert (wheel.size, wheel.upload_time) == (None, None)


def test_entry_has_one_source_distribution(stage: Stage, pypi: MemoryRepository) -> None:
    """PEP 625's own kind, where there are several."""
    url = "https://pypi.example/files/spam-1.0.zip"
    pypi.has("spam", "1.0", sdist=True).has(
        "spam", "1.0", sdist=True, filename="spam-1.0.zip", url=url
    )
    sdist = entry(lock(machine(stage, "spam")), "spam").sdist
    assert sdist is not None
    assert sdist.name == "spam-1.0.tar.gz"


def test_entry_is_refused_when_its_file_was_yanked(stage: Stage, pypi: MemoryRepository) -> None:
    """An exact pin lets it be installed (PEP 592), and not be locked."""
    pypi.has("spam", "1.0", yanked="leaks")
    with pytest.raises(ResolutionError, match="was yanked") as refusal:
        lock(machine(stage, "spam==1.0"))
    assert refusal.value.context == ("spam-1.0-py3-none-any.whl: leaks",)


# Uses


def test_uses_follow_extras_that_dependencies_ask_for(stage: Stage, pypi: MemoryRepository) -> None:
    """What `spam[x]` adds is the affair of who asks for x alone."""
    pypi.has("spam", "1.0", provides=["x"], requires=["ham; extra == 'x'"])
    pypi.has("ham", "1.0").has("eggs", "1.0", requires=["spam[x]"])
    group = Use(kind=UseKind.GROUP, name="dev")
    roots = {ALWAYS: ["spam"], group: ["eggs"]}
    made = machine(stage, "spam", "eggs", roots=roots)
    assert {name: set(uses) for name, uses in made.uses.items()} == {
        "spam": {ALWAYS, group},
        "eggs": {group},
        "ham": {group},
    }


# Machines


def machines(stage: Stage, *wanted: str) -> list[Machine]:
    """The same asked for on two machines."""
    found = []
    for words in ("3.12-linux", "3.12-windows"):
        stage.target = target_of(parse_environment(words), LINUX)
        found.append(machine(stage, *wanted))
    return found


def test_lock_is_the_same_in_whatever_order_machines_come(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Equal inputs give equal bytes."""
    pypi.has("spam", "1.0", requires=["eggs; os_name == 'nt'"]).has("eggs", "1.0")
    one, other = machines(stage, "spam")
    assert rendered(lock(one, other)) == rendered(lock(other, one))


def test_lock_names_the_index_of_two_entries_of_one_version(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Nothing else tells who needs which."""
    stage = Stage(unsafe_merge=frozenset({"eggs"}))
    one = stage.repository("one").has("spam", "1.0", requires=["eggs"])
    one.has("eggs", "1.0", tag="cp312-cp312-win_amd64")
    stage.repository("two").has("eggs", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    made = lock(*machines(stage, "spam"))
    assert [(each["name"], each["version"]) for each in entry(made, "spam").dependencies or ()] == [
        ("eggs", "1.0"),
        ("eggs", "1.0"),
    ]
    indexes = {each["index"] for each in entry(made, "spam").dependencies or ()}
    assert indexes == {each.index for each in made.packages if each.name == "eggs"}
    assert len(indexes) == 2


def test_lock_names_of_a_dependency_the_entries_that_are_needed(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """On another machine somebody else needs another one."""
    pypi.has("spam", "1.0", requires=["eggs; os_name == 'nt'"])
    pypi.has("ham", "1.0", requires=["eggs"])
    pypi.has("eggs", "1.0", tag="cp312-cp312-win_amd64")
    pypi.has("eggs", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    made = lock(*machines(stage, "spam", "ham"))
    assert entry(made, "spam").dependencies == [{"name": "eggs", "version": "1.0"}]
    assert [each["version"] for each in entry(made, "ham").dependencies or ()] == ["1.0", "2.0"]


# Bytes


def test_lock_has_a_line_for_each_file(stage: Stage, pypi: MemoryRepository) -> None:
    """A diff of two locks says which."""
    pypi.has("spam", "1.0").has("spam", "1.0", tag="cp39-cp39-win_amd64")
    lines = rendered(lock(machine(stage, "spam"))).decode().splitlines()
    assert sum(".whl" in line for line in lines) == 2


def test_lock_of_nothing_is_a_lock(stage: Stage, pypi: MemoryRepository) -> None:
    """Nothing asked for applies here."""
    assert lock(machine(stage)).packages == []


def test_lock_is_unchanged_when_it_is_read_and_written(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Nothing is lost on the way."""
    pypi.has("spam", "1.0", requires=["eggs"], requires_python=">=3.8").has("eggs", "1.0")
    made = lock(machine(stage, "spam"))
    assert Pylock.from_dict(tomllib.loads(rendered(made).decode())) == made


# What a lock changes of another


def test_changes_tell_versions_from_origins(stage: Stage, pypi: MemoryRepository) -> None:
    """The same version from another repository is a change like any other."""
    pypi.has("spam", "1.0").has("eggs", "1.0").has("ham", "1.0")
    old = lock(machine(stage, "spam", "eggs", "ham"))
    later = Stage()
    later.repository("other", "https://other.example/simple/").has("spam", "1.0").has("eggs", "2.0")
    later.repository("other").has("bacon", "1.0")
    changes = lock_changes(old, lock(machine(later, "spam", "eggs", "bacon")))
    assert [(each.project, each.kind, each.changes_origin) for each in changes] == [
        ("bacon", ChangeKind.ADDED, False),
        ("eggs", ChangeKind.VERSION, True),
        ("ham", ChangeKind.REMOVED, False),
        ("spam", ChangeKind.ORIGIN, True),
    ]
    assert [described(each) for each in changes][1:3] == [
        (
            "~ eggs 1.0 -> 2.0  from https://other.example/simple/, "
            "before from https://pypi.example/simple/"
        ),
        "- ham 1.0",
    ]


def test_preferences_are_the_versions_of_a_machine(stage: Stage, pypi: MemoryRepository) -> None:
    """Those whose markers hold there; what is to be upgraded has none."""
    pypi.has("spam", "1.0", tag="cp312-cp312-win_amd64").has("eggs", "1.0")
    pypi.has("spam", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    made = lock(*machines(stage, "spam", "eggs"))
    windows = target_of(parse_environment("3.12-windows"), LINUX)
    found = {name: str(version) for name, version in preferences(made, windows).items()}
    assert found == {"spam": "1.0", "eggs": "1.0"}
    upgrade = NameSet(names=frozenset({"eggs"}))  # type: ignore[arg-type]
    assert set(preferences(made, LINUX, upgrade=upgrade)) == {"spam"}


def origins(stage: Stage, old: Pylock) -> list[str]:
    """The projects that would come from a stranger's repository."""
    made = machine(stage, "spam")
    found = changed_origins(old, made.resolution.pins, made.findings, stage.policy)
    return [each.project for each in found]


def test_origin_is_changed_when_another_repository_has_the_name(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """However the version compares."""
    old = lock(machine(corp_at("https://corp.example/simple/"), "spam"))
    pypi.has("spam", "1.0")
    assert origins(stage, old) == ["spam"]
    assert origins(corp_at("https://CORP.example/simple"), old) == []


def corp_at(url: str) -> Stage:
    """A stage whose one repository has spam."""
    stage = Stage()
    stage.repository("corp", url).has("spam", "1.0")
    return stage
