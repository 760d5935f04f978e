"""How deep parentheses may lie in each other.

Markers are read, written and compared by functions that call themselves: what is read where the
stack is short could not be compared where it is long.
"""

from __future__ import annotations

from itertools import accumulate

_DEEPEST = 50
_STEPS = {"(": 1, ")": -1}


def check_nesting(text: str) -> None:
    """Whether a requirement or a marker can be worked with anywhere.

    Raises:
        ValueError: it cannot.
    """
    # Parentheses in strings count, too: none has so many.
    if text.count("(") > _DEEPEST and max(accumulate(_STEPS.get(each, 0) for each in text)) > (
        _DEEPEST
    ):
        raise ValueError(f"more than {_DEEPEST} parentheses in each other")
