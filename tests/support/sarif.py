"""What the schema of SARIF 2.1.0 requires of the parts that xpip writes."""

from __future__ import annotations

import re
from typing import Any

_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_LEVELS = {"none", "note", "warning", "error"}


def check_sarif(log: Any) -> None:
    """Assert that a log is valid, and consistent in itself."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert driver["name"]
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(ids) == len(set(ids))
        assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
        for base in run["originalUriBaseIds"].values():
            assert _URI.fullmatch(base["uri"])
            assert base["uri"].endswith("/")  # 3.14.14
        for result in run["results"]:
            _check_result(result, ids, run["originalUriBaseIds"])


def _check_result(result: Any, ids: list[str], bases: Any) -> None:
    assert result["message"]["text"]
    assert result["level"] in _LEVELS
    assert ids[result["ruleIndex"]] == result["ruleId"]
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    for location in result.get("locations", []):
        physical = location["physicalLocation"]
        artifact = physical["artifactLocation"]
        assert _URI.fullmatch(artifact["uri"])
        assert artifact.get("uriBaseId", next(iter(bases))) in bases
        assert physical.get("region", {"startLine": 1})["startLine"] >= 1
