"""Where a run's time went, as a value. Knows no clock: whoever measures makes it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct


class Stage(Struct, frozen=True, kw_only=True):
    """What one kind of work took.

    Attributes:
        seconds: all of it together, wherever in the run it was done.
        overlapping: whether it was done beside other stages, in threads that were added up.
    """

    name: str
    seconds: float
    overlapping: bool = False


class Timings(Struct, frozen=True, kw_only=True):
    """The stages of a run in the order in which they began.

    Attributes:
        total: seconds; the sum of all stages that do not overlap.
    """

    total: float
    stages: tuple[Stage, ...]


def timings_data(timings: Timings) -> dict[str, object]:
    """The same for JSON, to a tenth of a millisecond."""
    return {
        "seconds": round(timings.total, 4),
        "stages": [
            {
                "name": each.name,
                "seconds": round(each.seconds, 4),
                "overlapping": each.overlapping,
            }
            for each in timings.stages
        ],
    }


def timings_lines(timings: Timings) -> Iterator[str]:
    """An aligned table: milliseconds, and the part of the whole where there is one."""
    width = max(len(each.name) for each in (*timings.stages, _TOTAL))
    for each in (*timings.stages, Stage(name=_TOTAL.name, seconds=timings.total)):
        share = "beside" if each.overlapping else _share(each.seconds, timings.total)
        yield f"{each.name:<{width}}  {each.seconds * 1000:>9,.1f} ms  {share:>6}"


_TOTAL = Stage(name="total", seconds=0)


def _share(seconds: float, total: float) -> str:
    return f"{seconds / total:.0%}" if total else ""
