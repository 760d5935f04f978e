"""Where a run's time went: what is measured, and how it reads."""

from __future__ import annotations

from xpip.core.timings import Stage, Timings, timings_data, timings_lines
from xpip.operations.stopwatch import Stopwatch

MEASURED = Timings(
    total=2.0,
    stages=(
        Stage(name="starting", seconds=0.5),
        Stage(name="fetching", seconds=1.5),
        Stage(name="unpacking", seconds=2.5, overlapping=True),
    ),
)


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(stopwatch: Stopwatch) -> dict[str, float]:
    return {each.name: each.seconds for each in stopwatch.timings().stages}


def test_timings_read_as_a_table_with_parts_of_the_whole() -> None:
    """What threads did beside the rest is no part of it."""
    assert list(timings_lines(MEASURED)) == [
        "starting       500.0 ms     25%",
        "fetching     1,500.0 ms     75%",
        "unpacking    2,500.0 ms  beside",
        "total        2,000.0 ms    100%",
    ]


def test_timings_are_data_as_well() -> None:
    """For --json."""
    assert timings_data(MEASURED)["seconds"] == 2.0
    assert timings_data(MEASURED)["stages"] == [
        {"name": "starting", "seconds": 0.5, "overlapping": False},
        {"name": "fetching", "seconds": 1.5, "overlapping": False},
        {"name": "unpacking", "seconds": 2.5, "overlapping": True},
    ]


def test_stages_add_up_to_the_whole_when_one_is_within_another() -> None:
    """The inner one's time is not the outer one's; what is between stages is named too."""
    clock = Clock()
    stopwatch = Stopwatch(clock, began=99.0)
    with stopwatch.stage("resolving"):
        clock.now += 2
        with stopwatch.stage("asking"):
            clock.now += 4
        clock.now += 8
    clock.now += 16
    with stopwatch.stage("asking"):
        clock.now += 32
    assert taken(stopwatch) == {"starting": 1, "resolving": 10, "asking": 36, "other": 16}
    assert stopwatch.timings().total == 63


def test_stage_ends_when_it_fails() -> None:
    """The table of a run that is refused tells of the stages it had."""
    clock = Clock()
    stopwatch = Stopwatch(clock, began=100.0)
    try:
        with stopwatch.stage("judging"):
            clock.now += 1
            raise LookupError
    except LookupError:
        clock.now += 2
    assert taken(stopwatch) == {"starting": 0, "judging": 1, "other": 2}


def test_what_threads_do_is_added_up_beside_the_stages() -> None:
    """It may be more than the run took."""
    clock = Clock()
    stopwatch = Stopwatch(clock, began=100.0)
    with stopwatch.beside("unpacking"), stopwatch.beside("unpacking"):
        clock.now += 3
    timings = stopwatch.timings()
    assert timings.total == 3
    (beside,) = [each for each in timings.stages if each.overlapping]
    assert (beside.name, beside.seconds) == ("unpacking", 6)


def test_methods_have_a_stage_when_a_part_is_timed() -> None:
    """All else of the part is as it was."""
    clock = Clock()

    class Door:
        colour = "red"

        def knock(self, times: int) -> int:
            clock.now += times
            return times

    stopwatch = Stopwatch(clock, began=100.0)
    door = stopwatch.timed("asking", Door(), ("knock",))
    assert (door.knock(times=5), door.colour) == (5, "red")
    assert taken(stopwatch)["asking"] == 5
