"""Three repositories, each with a file of the project foo: who may speak for the name?"""

from __future__ import annotations

from typing import Any

from packaging.utils import canonicalize_name

from tests.support.memory import MemoryRepository, repository
from xpip.core.decisions import Ruling, Verdict
from xpip.core.judging import Trust, judge

FOO = canonicalize_name("foo")
P = "https://pypi.example/simple/foo/"
X = "https://x.example/simple/foo/"
Y = "https://y.example/foo/"


def pypi(**claims: Any) -> MemoryRepository:
    return repository("pypi").has("foo", "1.0").says("foo", **claims)


def x(**claims: Any) -> MemoryRepository:
    return repository("x").has("foo", "2.0").says("foo", **claims)


def y(**claims: Any) -> MemoryRepository:
    return repository("y", "https://y.example/").has("foo", "3.0").says("foo", **claims)


def verdict_on(*repositories: MemoryRepository, **options: Any) -> Verdict:
    """What the judge says to the answers of these repositories."""
    return judge(FOO, [each.answer(FOO) for each in repositories], Trust(**options))


def ruling_on(*repositories: MemoryRepository, **options: Any) -> Ruling:
    return verdict_on(*repositories, **options).ruling


def admitted_by(verdict: Verdict) -> list[str]:
    return [page.url for page in verdict.admitted]
