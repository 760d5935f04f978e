"""The law of enforced files: nothing else widens what they admit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name
from tests.support.maps import NOW
from tests.support.stage import Stage

from xpip.core.decisions import Candidate
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import Hash, ProjectStatus
from xpip.core.mapping_file import MapFile, MapSource, combine_maps
from xpip.core.policy import IndexOrder, Policy, RepositoryMap
from xpip.errors import UsageError

GROUPS = ("pypi", "corp", "x")
NAMES = tuple(map(canonicalize_name, ("spam", "spam-eggs", "ham")))
DIGESTS = ("ab" * 32, "cd" * 32)
DEMANDS = (
    {"cooldown": "7d"},
    {"cooldown": "7d", "no-upload-time": "allow"},
    {"hashes": "required"},
    {"sdist": "deny"},
    {"status": ["active"]},
    {"threshold": 2},
    {"order": "index"},
    {"merge": "declared", "reason": "why not"},
    {"merge": "linked"},
    {"terminating": False},
    {"terminating": False, "on-unusable": "next"},
)


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, object]]:
    """One rule, or one before it that is narrower; what cannot be loaded is left to the loader."""
    patterns = draw(
        st.sampled_from((("*",), ("spam*",), ("spam", "*"), ("ham", "*"), ("*-eggs", "*")))
    )
    found = []
    for pattern in patterns:
        groups = draw(st.lists(st.sampled_from(GROUPS), max_size=3, unique=True))
        rule: dict[str, object] = {"paths": [pattern], "repositories": groups}
        demands = (
            DEMANDS if len(groups) > 1 else [each for each in DEMANDS if "threshold" not in each]
        )
        rule |= draw(st.sampled_from(({}, {}, *demands)))
        found.append(rule)
    return found


@st.composite
def files(draw: st.DrawFn, path: str, *, enforced: bool) -> MapFile:
    """A mapping file over three repositories, in which names may be re-pointed."""
    table: dict[str, object] = {
        "repositories": {name: [f"https://{name}.example/simple/"] for name in GROUPS},
        "mapping": draw(rules()),
    }
    if enforced:
        table["enforced"] = True
    elif draw(st.integers(0, 9)) == 0:
        others = draw(st.permutations(GROUPS))
        urls = {name: [f"https://{other}.example/simple"] for name, other in zip(GROUPS, others)}  # noqa: B905
        table["repositories"] = urls
    source = MapSource(path=path, directory="/", discovered=draw(st.booleans()) and not enforced)
    return MapFile(raw=json.dumps(table).encode(), source=source)


@st.composite
def stages(draw: st.DrawFn) -> Stage:
    """Three repositories that answer this or that."""
    stage = Stage()
    for name in GROUPS:
        double = stage.repository(name)
        for project in NAMES:
            answer = draw(st.sampled_from((*["files"] * 5, "empty", "absent", "down")))
            if answer == "down":
                double.fails(project)
            if answer in ("files", "empty"):
                double.says(
                    project,
                    status=draw(st.sampled_from((ProjectStatus.ACTIVE, ProjectStatus.ARCHIVED))),
                    api_version="1.4",
                    tracks=draw(
                        st.sampled_from(((), (f"https://pypi.example/simple/{project}/",)))
                    ),
                )
            if answer == "files":
                for version in draw(st.sampled_from((("1.0",), ("1.0", "99.0"), ("2.0rc1",)))):
                    double.has(project, version, **draw(listings()))
    return stage


@st.composite
def listings(draw: st.DrawFn) -> dict[str, Any]:
    """What a page may say of a file."""
    digest = draw(st.sampled_from((*DIGESTS, None)))
    return {
        "hashes": (Hash("sha256", digest),) if digest else (),
        "upload_time": draw(
            st.sampled_from(
                (None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
            )
        ),
        "tag": draw(st.sampled_from(("py3-none-any", "cp27-cp27m-win32"))),
    }


@st.composite
def options(draw: st.DrawFn) -> dict[str, object]:
    """What options may say, however reckless."""
    urls = [f"https://{name}.example/simple/" for name in GROUPS]
    return {
        "order": draw(st.sampled_from(IndexOrder)),
        "unsafe_merge": frozenset(draw(st.lists(st.sampled_from(NAMES)))),
        "unsafe_skip": frozenset(draw(st.lists(st.sampled_from(urls)))),
        "known_hashes": {
            name: frozenset({Hash("sha256", digest)})
            for name in draw(st.sampled_from(((), NAMES)))
            for digest in (draw(st.sampled_from(DIGESTS)),)
        },
        "prereleases": draw(st.booleans()),
        "local_first": draw(st.booleans()),
        "race_mirrors": draw(st.booleans()),
        "no_upload_time_allowed": draw(st.booleans()),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What may be taken for a name, and who was asked for it."""

    admitted: frozenset[tuple[str, tuple[Hash, ...], str]]
    asked: frozenset[str]


def outcome(
    stage: Stage, project: NormalizedName, mapping: RepositoryMap, **more: object
) -> Outcome:
    """Every file of every version that a policy admits for a name."""
    stage.discovery()
    policy = Policy(groups=mapping.groups, map=mapping, **more)  # type: ignore[arg-type]
    found = Discovery(stage.repositories, policy=policy, target=stage.target).find(project)
    return Outcome(
        admitted=frozenset(admitted(found)),
        asked=frozenset(name for name, _ in stage.repositories.log),
    )


def admitted(found: Finding) -> list[tuple[str, tuple[Hash, ...], str]]:
    """File name, hashes and repository of whatever may be chosen."""
    if not found.verdict.ruling.admits:
        return []
    releases = map(found.selection.release, found.selection.versions)
    options = [option for each in releases for option in (*each.candidates, *each.yanked)]
    return [
        (each.file.filename, each.file.hashes, each.origin.repository)
        for each in options
        if isinstance(each, Candidate)
    ]


def combined(in_force: list[MapFile], standing: list[list[MapFile]]) -> RepositoryMap:
    """The files as one map; what cannot be loaded admits nothing, and is no example."""
    try:
        return combine_maps(in_force, standing, variables={}, now=NOW)
    except UsageError:
        assume(False)
        raise


@settings(max_examples=250)
@given(
    stages(),
    files("/etc/xpip/xpip.json", enforced=True),
    files("xpip.json", enforced=False),
    options(),
    st.sampled_from(NAMES),
)
def test_no_file_and_no_option_admits_more_than_an_enforced_file(
    stage: Stage,
    enforced: MapFile,
    project_file: MapFile,
    chosen: dict[str, object],
    project: NormalizedName,
) -> None:
    """For every name that an enforced rule matches: a subset, and nobody else is asked for it."""
    alone = combined([], [[enforced]])
    together = combined([project_file], [[enforced]])
    assume(any(rule.match(project) for rule in alone.all_rules))

    least = outcome(stage, project, alone)
    most = outcome(stage, project, together, **chosen)

    event(f"admits {'less' if most.admitted < least.admitted else 'the same'}")
    assert most.admitted <= least.admitted
    assert most.asked <= least.asked
