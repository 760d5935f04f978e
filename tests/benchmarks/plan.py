"""What `make bench` measures unless it is told otherwise: every row that the goals ask for.

pip resolves airflow in no reasonable time, and installing what others have locked for it would
measure the disk; so airflow is only locked. Hard backtracking is a matter of locking, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.measures import START, Measure, measures_named
from tests.benchmarks.workloads import WORKLOADS

ANY = "any"
"""In place of a workload: to start takes as long whatever is installed next."""

DISTANT = 30.0
"""Milliseconds, the round trip to an index far away."""

_LOCKING = ("lock cold", "lock warm")
_INSTALLING = ("from lock cold", "from lock warm", "nothing to do from lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Measures to take of one workload at one distance."""

    workload: str
    delay: float
    """Milliseconds."""
    measures: tuple[Measure, ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """What is asked for."""
        return WORKLOADS.get(self.workload, ())


def _step(workload: str, *names: str, delay: float = 0) -> Step:
    return Step(workload=workload, delay=delay, measures=measures_named({*names}))


PLAN = (
    _step(ANY, *START),
    _step("trio", *_LOCKING, *_INSTALLING),
    _step("trio", "lock cold", delay=DISTANT),
    _step("web", *_LOCKING, *_INSTALLING, "from lock cold, compiled"),
    _step("web", "lock cold", delay=DISTANT),
    _step("jupyter", *_LOCKING, *_INSTALLING),
    _step("jupyter", "lock cold", delay=DISTANT),
    _step("science", *_LOCKING, *_INSTALLING),
    _step("science", "lock cold", delay=DISTANT),
    _step("boto", *_LOCKING),
    _step("airflow", *_LOCKING),
    _step("airflow", "lock cold", delay=DISTANT),
)


def steps(
    workloads: Sequence[str], measures: Sequence[str], delays: Sequence[float]
) -> tuple[Step, ...]:
    """The plan, of these workloads alone; or these measures at these distances, of each.

    Raises:
        KeyError: there is no such workload, or no such measure.
    """
    unknown = {*workloads} - {*WORKLOADS}
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    if not measures and not delays:
        return tuple(each for each in PLAN if not workloads or each.workload in workloads)
    wanted = [*workloads] or [*WORKLOADS]
    names = {*measures} or {"lock cold"}
    start = names & {*START}
    working = names - start
    first = [_step(ANY, *start)] if start else []
    return (
        *first,
        *(_step(w, *working, delay=d) for w in wanted for d in delays or (0.0,) if working),
    )
