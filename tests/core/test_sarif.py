"""SARIF logs, held to what the standard's schema requires (OASIS SARIF 2.1.0)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.sarif import check_sarif

from xpip.core.reporting.sarif import SarifResult, SarifRule, sarif_log

RULES = [SarifRule(id="switches/lost", text="Lost."), SarifRule(id="refused/denied", text="No.")]


def logged(place: str | None) -> dict[str, Any]:
    """The one result of a log."""
    result = SarifResult(
        rule_id="refused/denied", message="spam is denied", place=place, fingerprint="spam"
    )
    log = sarif_log(RULES, [result], version="0.1.0", directory="/home/me/my project")
    check_sarif(log)
    return dict(log["runs"][0]["results"][0])  # type: ignore[index]


@pytest.mark.parametrize(
    ("place", "uri", "base", "line"),
    [
        ("xpip.toml:5", "xpip.toml", "%SRCROOT%", 5),
        ("maps/my map.toml", "maps/my%20map.toml", "%SRCROOT%", None),
        ("/home/me/my project/xpip.toml:7", "xpip.toml", "%SRCROOT%", 7),
        ("/etc/xpip/xpip.toml:1", "file:///etc/xpip/xpip.toml", None, 1),
        ("../xpip.toml:2", "file:///home/me/xpip.toml", None, 2),
        ("https://org.example/map.toml", "https://org.example/map.toml", None, None),
    ],
)
def test_sarif_place_is_an_address_below_the_working_directory_where_it_is(
    place: str, uri: str, base: str | None, line: int | None
) -> None:
    """Tools show it beside the code that lies there."""
    physical = logged(place)["locations"][0]["physicalLocation"]

    assert physical["artifactLocation"] == {"uri": uri, **({"uriBaseId": base} if base else {})}
    assert physical.get("region") == ({"startLine": line} if line else None)


def test_sarif_result_without_a_place_has_no_location() -> None:
    """Better none than a wrong one."""
    assert "locations" not in logged(None)


def test_sarif_result_names_its_rule_twice() -> None:
    """By id, and by its place among the rules (3.27.6)."""
    result = logged(None)

    assert (result["ruleId"], result["ruleIndex"]) == ("refused/denied", 1)
