"""What values show of themselves, and which are equal."""

from __future__ import annotations

from typing import ClassVar

import pytest

from xpip.core.values import Abridged, Alike


class Login(Abridged, frozen=True, kw_only=True):
    """A value with a secret."""

    unshown: ClassVar = ("password",)

    user: str
    password: str


class Mention(Alike, frozen=True, kw_only=True):
    """A value that is the same wherever it stands."""

    unshown: ClassVar = ("place",)

    name: str
    place: str


def test_secret_is_not_shown() -> None:
    """A traceback or a log line prints reprs."""
    assert repr(Login(user="me", password="hush")) == "Login(user='me')"


def test_secrets_that_differ_make_values_differ() -> None:
    """Only what is shown is abridged."""
    assert Login(user="me", password="hush") != Login(user="me", password="hushed")


def test_value_is_equal_to_another_that_differs_where_it_does_not_matter() -> None:
    """In sets, too."""
    here, there = Mention(name="spam", place="here"), Mention(name="spam", place="there")
    assert here == there
    assert not here != there  # noqa: SIM202 - a struct has a comparison of its own for that
    assert len({here, there}) == 1


def test_value_is_not_equal_to_another_that_differs_elsewhere() -> None:
    """Nor to one of another kind."""
    assert Mention(name="spam", place="here") != Mention(name="eggs", place="here")
    assert Mention(name="spam", place="here") != "spam"


def test_value_stays_as_it_is() -> None:
    """What was decided is not changed by whoever is told."""
    with pytest.raises(AttributeError):
        Login(user="me", password="hush").user = "you"  # type: ignore[misc]
