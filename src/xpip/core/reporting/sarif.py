"""Findings → a SARIF 2.1.0 log (OASIS, 27 March 2020), for tools that show them beside code.

Knows the format alone: neither what a finding means nor where it came from.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import quote

from msgspec import Struct

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_VERSION = "2.1.0"
_ROOT = "%SRCROOT%"
_LINE = re.compile(r"(?P<file>.+?)(?::(?P<line>[1-9][0-9]*))?")


class SarifRule(Struct, frozen=True, kw_only=True):
    """A kind of finding (3.49)."""

    id: str
    text: str


class SarifResult(Struct, frozen=True, kw_only=True):
    """One finding (3.27).

    Attributes:
        rule_id: of one of the log's rules.
        place: `file` or `file:line`, or a URL; None where none is known.
        fingerprint: the same for the same finding in every run.
    """

    rule_id: str
    message: str
    place: str | None
    fingerprint: str


def sarif_log(
    rules: Sequence[SarifRule],
    results: Sequence[SarifResult],
    *,
    version: str,
    directory: str,
) -> dict[str, object]:
    """The log of one run.

    Args:
        rules: every kind that there may be.
        results: the findings.
        version: of xpip.
        directory: the working directory, absolute, with slashes: what lies below is relative.
    """
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    driver = {
        "name": "xpip",
        "version": version,
        "rules": [
            {
                "id": rule.id,
                "shortDescription": {"text": rule.text},
                "defaultConfiguration": {"level": "error"},
                "help": {"text": "xpip help audit"},
            }
            for rule in rules
        ],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_ROOT: {"uri": f"file://{quote(directory.rstrip('/'))}/"}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, numbers[each.rule_id], directory) for each in results],
    }
    return {"$schema": _SCHEMA, "version": _VERSION, "runs": [run]}


def _result(result: SarifResult, number: int, directory: str) -> dict[str, object]:
    digest = sha256(result.fingerprint.encode("utf-8", errors="replace")).hexdigest()
    data: dict[str, object] = {
        "ruleId": result.rule_id,
        "ruleIndex": number,
        "level": "error",
        "message": {"text": result.message},
        "partialFingerprints": {"xpip/v1": digest},
    }
    if result.place is not None:
        data["locations"] = [_location(result.place, directory)]
    return data


def _location(place: str, directory: str) -> dict[str, object]:
    found = _LINE.fullmatch(place)
    assert found is not None  # a place has a file
    physical: dict[str, object] = {"artifactLocation": _artifact(found["file"], directory)}
    if found["line"]:
        physical["region"] = {"startLine": int(found["line"])}
    return {"physicalLocation": physical}


def _artifact(file: str, directory: str) -> dict[str, object]:
    if "://" in file:
        return {"uri": quote(file, safe=":/?#[]@!$&'()*+,;=%~")}
    path = posixpath.normpath(posixpath.join(directory, file.replace("\\", "/")))
    below = posixpath.relpath(path, directory)
    if below.startswith("../"):
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(below), "uriBaseId": _ROOT}
