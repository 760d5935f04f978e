"""Values: what the standard library makes of a dataclass, made when it is needed."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from dataclasses import field, fields, replace

import pytest

from xpip.core.values import dataclass, field_names
from xpip.core.values import replace as replace_late


@dataclass(frozen=True, slots=True, kw_only=True)
class Fruit:
    """A value with a default of each kind."""

    name: str
    seeds: int = 0
    eaten_by: list[str] = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cherry(Fruit):
    """One more field, and a property."""

    red: bool = True

    @property
    def label(self) -> str:
        """What is written on it."""
        return f"{self.name} {self.seeds}"


@dataclass(frozen=True, slots=True, eq=False)
class Basket:
    """Compared by identity, filled by position."""

    fruit: Fruit


@dataclass(frozen=True, slots=True)
class Place:
    """Taken apart by position."""

    row: int
    column: int


def test_value_has_its_defaults_when_fields_are_left_out() -> None:
    """Each value has a list of its own."""
    one, other = Fruit(name="fig"), Fruit(name="fig")
    assert (one.name, one.seeds, one.eaten_by) == ("fig", 0, [])
    assert one.eaten_by is not other.eaten_by


def test_value_equals_another_when_their_compared_fields_do() -> None:
    """Equality and hash leave out what is not compared, as the standard library has it."""
    one, other = Fruit(name="fig", eaten_by=["wasp"]), Fruit(name="fig")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Fruit(name="fig", seeds=1)
    assert repr(other) == "Fruit(name='fig', seeds=0, eaten_by=[])"


def test_value_inherits_fields_when_its_class_does() -> None:
    """Of the base, and of its own; a base is no equal."""
    cherry = Cherry(name="bing", seeds=1)
    assert cherry.label == "bing 1"
    assert [each.name for each in fields(Cherry)] == ["name", "seeds", "eaten_by", "red"]
    assert cherry != Fruit(name="bing", seeds=1)
    assert replace(cherry, red=False) == Cherry(name="bing", seeds=1, red=False)
    assert replace_late(cherry, red=False) == Cherry(name="bing", seeds=1, red=False)
    assert field_names(Cherry) == ("name", "seeds", "eaten_by", "red")


def test_value_is_compared_by_identity_when_told_so() -> None:
    """`eq=False` leaves equality as it is for all objects."""
    fig = Fruit(name="fig")
    assert Basket(fig) != Basket(fig)
    assert len({Basket(fig), Basket(fig)}) == 2


def test_value_is_sorted_by_its_fields_when_told_so() -> None:
    """One after the other, as the standard library has it; others cannot be compared."""

    @dataclass(frozen=True, slots=True, kw_only=True, order=True)
    class Size:
        width: int
        height: int = 0

    small, large = Size(width=1, height=2), Size(width=2)
    assert sorted([large, small]) == [small, large]
    assert (small < large, small <= large, small > large, small >= large) == (
        True,
        True,
        False,
        False,
    )
    with pytest.raises(TypeError):
        sorted([Fruit(name="fig"), Fruit(name="fig")])  # type: ignore[type-var]


def test_value_is_taken_apart_when_it_is_matched() -> None:
    """`__match_args__` is known before any value of the class is."""
    assert Place.__match_args__ == ("row", "column")
    match Place(1, 2):
        case Place(row, column):
            assert (row, column) == (1, 2)


def test_value_stays_as_it_is_when_somebody_would_change_it() -> None:
    """Frozen, and without room for anything else."""
    fig = Fruit(name="fig")
    with pytest.raises(dataclasses.FrozenInstanceError):
        fig.seeds = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del fig.seeds
    assert not hasattr(fig, "__dict__")


def test_value_is_the_same_when_it_was_copied_or_sent_to_another_process() -> None:
    """It is made without its `__init__` then."""
    cherry = Cherry(name="bing", seeds=1)
    assert copy.deepcopy(cherry) == cherry
    assert pickle.loads(pickle.dumps(cherry)) == cherry


def test_class_is_the_standard_library_s_own_when_it_is_not_frozen() -> None:
    """With a call or without one, and with room for anything."""

    @dataclass
    class Bowl:
        size: int = 1

    @dataclass(kw_only=True)
    class Lid:
        fits: Bowl

    bowl = Bowl(2)
    bowl.size = 3
    assert Lid(fits=bowl) == Lid(fits=Bowl(3))


def test_value_refuses_fields_when_it_has_none_of_that_name() -> None:
    """As any function does."""
    with pytest.raises(TypeError, match="stones"):
        Fruit(name="fig", stones=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="name"):
        Fruit(seeds=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        Fruit("fig")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="stones"):
        replace_late(Fruit(name="fig"), stones=1)


def test_class_is_the_standard_library_s_own_when_it_has_more_to_it() -> None:
    """A `__post_init__`, or a base that is the standard library's."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Pit:
        size: int

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("no pit is smaller than nothing")

    @dataclass(kw_only=True)
    class Base:
        size: int

    @dataclass(frozen=True, slots=True, kw_only=True, eq=False)
    class Above(Pit):
        stalk: str = "long"

    with pytest.raises(ValueError, match="no pit"):
        Pit(size=-1)
    assert (Above(size=1).size, Above(size=1).stalk) == (1, "long")
    assert field_names(Base) == ("size",)


def test_class_is_not_made_ready_when_values_of_it_are_only_made() -> None:
    """What this is for: making values has none of their other methods compiled."""
    program = """
import dataclasses
made = []
original = dataclasses._process_class
def counted(cls, *rest):
    made.append(cls)
    return original(cls, *rest)
dataclasses._process_class = counted
from xpip.core.values import dataclass, field_names, replace
@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    name: str
assert not made, made
assert replace(Late(name="fig"), name="bing").name == "bing"
assert field_names(Late) == ("name",)
assert not made, made
assert Late(name="fig") == Late(name="fig")
assert [each.__name__ for each in made] == ["Late"], made
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
