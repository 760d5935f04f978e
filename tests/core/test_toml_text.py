"""TOML of anybody's: read in bounded time, or refused."""

from __future__ import annotations

import time

import pytest

from xpip.core.toml_text import load_toml


def test_toml_is_read_with_and_without_a_byte_order_mark() -> None:
    """Editors on Windows write one."""
    assert load_toml(b"a.b = 1") == load_toml(b"\xef\xbb\xbfa.b = 1") == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "raw",
    [
        *(b".".join([b"a"] * 10_000) + b" = 1", b"x = {" + b".".join([b"a"] * 10_000) + b" = 1}"),
        *(b"[" + b".".join([b"a"] * 2_000) + b"]", b"x = " + b"[" * 10_000, b"x = \xff"),
        *(b"x = " + b"9" * 5_000, b"=", (b".".join([b"a"] * 1_000) + b"0 = 1\n") * 100),
    ],
    ids=["key", "inline", "header", "nesting", "no UTF-8", "number", "nothing", "many keys"],
)
def test_toml_is_refused_before_it_takes_long(raw: bytes) -> None:
    """A pyproject.toml of an sdist is a stranger's: a line of 20 kB could take half a minute."""
    began = time.process_time()
    with pytest.raises(ValueError, match=r".+"):
        load_toml(raw)
    assert time.process_time() - began < 1


def test_toml_is_read_when_its_lines_have_the_dots_of_addresses() -> None:
    """What locks are full of."""
    line = '{url = "https://files.pythonhosted.example/a.b.c.d.e.f.g.h/spam-1.0.0.tar.gz"},\n'
    assert len(load_toml(("x = [\n" + line * 2_000 + "]\n").encode())["x"]) == 2_000
