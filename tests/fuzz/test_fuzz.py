"""Whatever the bytes: a value, or an error of xpip's own, soon, and nothing written elsewhere.

`make fuzz` looks longer, and with coverage to lead it.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.limits import at_most
from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS

SECONDS = 5.0
"""Of processor time, for one input: none takes a tenth of it."""


@pytest.mark.parametrize("name", TARGETS)
def test_example_is_read(name: str) -> None:
    """What is not refused at the first check can be changed into what breaks the second."""
    for example in TARGETS[name].examples():
        with at_most(SECONDS):
            TARGETS[name].run(example)
    assert any(map(TARGETS[name].run, TARGETS[name].examples()))


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_reader_refuses_or_reads_whatever_it_is_given(name: str, data: st.DataObject) -> None:
    """Examples changed here and there, and bytes that are nothing."""
    target = TARGETS[name]
    examples = target.examples()
    seeds = st.integers(0, 2**32)
    changed = st.builds(
        lambda example, seed: mutated(example, Random(seed), examples),
        st.sampled_from(examples),
        seeds,
    )
    raw = data.draw(st.one_of(changed, changed, changed, st.binary(max_size=200)))
    with at_most(SECONDS):
        target.run(raw)
