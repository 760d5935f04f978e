"""Where a request for a place that the user named may be sent on to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.support.asking import candidate_of

from xpip.core.direct_references import parse_direct
from xpip.core.facts import File
from xpip.edge.repositories.file_rules import FileRules
from xpip.errors import Reason


@pytest.mark.parametrize(
    ("first", "target", "follows"),
    [
        ("https://a.example/x", "https://b.example/x", True),
        ("https://a.example/x", "http://a.example/x", False),
        ("https://a.example/x", "http://127.0.0.1/x", False),
        ("http://127.0.0.1:1/x", "http://127.0.0.1:2/x", True),
        ("http://trusted.example/x", "http://trusted.example/y", True),
        ("http://trusted.example/x", "http://b.example/x", False),
    ],
)
def test_redirect_of_a_place_is_followed_where_nobody_on_the_way_can_change_it(
    first: str, target: str, follows: bool
) -> None:
    """Or on the very host that the user trusts without that."""
    request = parse_direct(f"spam @ {first}.tar.gz", directory="/")
    file = File(filename=request.filename, url=request.url)
    candidate = replace(candidate_of(file, "spam", "1.0"), reference=request)

    answer = FileRules([]).may_follow(candidate)(first, target)

    assert answer is (None if follows else Reason.FILE_HOST_FOREIGN)
