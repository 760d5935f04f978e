"""pip's installation report, with the origin of each item."""

from __future__ import annotations

import json
from typing import Any

from tests.support.stage import Stage

from xpip import __version__
from xpip.core.decisions import Resolution
from xpip.core.facts import Hash
from xpip.core.planning import plan
from xpip.core.reporting.installation import installation_report


def report_on(stage: Stage, *requirements: str) -> Any:
    """The report as a program reads it."""
    outcome = stage.resolve(*requirements).outcome
    assert isinstance(outcome, Resolution)
    report = installation_report(plan(outcome, stage.installed), stage.target)
    return json.loads(json.dumps(report))


def test_report_tells_pips_version_and_the_target() -> None:
    """Programs that read pip's report read this one."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0")
    report = report_on(stage, "spam")
    assert (report["version"], report["xpip_version"]) == ("1", __version__)
    assert report["environment"] == stage.target.environment


def test_report_tells_what_is_installed_and_where_it_comes_from() -> None:
    """Metadata, file and origin of each item."""
    stage = Stage()
    stage.repository("corp").has(
        "spam",
        "1.0",
        requires=["eggs>=2; extra == 'fast'"],
        provides=["fast"],
        requires_python=">=3.9",
    ).has("eggs", "2.0")
    item = report_on(stage, "spam[fast]")["install"][1]
    assert item == {
        "metadata": {
            "name": "spam",
            "version": "1.0",
            "requires_dist": ['eggs>=2; extra == "fast"'],
            "requires_python": ">=3.9",
            "provides_extra": ["fast"],
        },
        "is_direct": False,
        "is_yanked": False,
        "requested": True,
        "requested_extras": ["fast"],
        "download_info": {
            "url": "https://corp.example/simple/files/spam-1.0-py3-none-any.whl",
            "archive_info": {"hashes": {"sha256": "ab" * 32}},
        },
        "origin": {
            "group": "corp",
            "repository": "https://corp.example/simple/",
            "page_url": "https://corp.example/simple/spam/",
            "rule": item["origin"]["rule"],
            "ruling": "sole",
        },
    }


def test_report_tells_what_was_not_requested_and_what_is_yanked() -> None:
    """A dependency is told from what the user named."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0", requires=["eggs==1.0"])
    stage.repository("pypi").has("eggs", "1.0", yanked="broken")
    eggs, spam = report_on(stage, "spam")["install"]
    assert (eggs["requested"], eggs["is_yanked"]) == (False, True)
    assert (spam["requested"], spam["is_yanked"]) == (True, False)


def test_report_lists_nothing_that_stays_as_it_is() -> None:
    """It reports an installation, not an environment."""
    stage = Stage()
    stage.repository("pypi").has("spam", "1.0")
    stage.installed.has("spam", "1.0")
    assert report_on(stage, "spam")["install"] == []


def test_report_holds_no_credentials_and_no_query() -> None:
    """Reports are kept and passed on."""
    stage = Stage()
    secret = "https://user:hunter2@corp.example/spam.whl?token=swordfish"
    stage.repository("corp").has("spam", "1.0", url=secret).says("spam", url=secret)
    written = json.dumps(report_on(stage, "spam"))
    assert "https://corp.example/spam.whl" in written
    assert "hunter2" not in written
    assert "swordfish" not in written


def test_report_tells_every_hash_that_the_page_gave() -> None:
    """By algorithm, as pip does."""
    stage = Stage()
    hashes = (Hash("md5", "ab" * 16), Hash("sha256", "cd" * 32))
    stage.repository("pypi").has("spam", "1.0", hashes=hashes)
    (item,) = report_on(stage, "spam")["install"]
    assert item["download_info"]["archive_info"]["hashes"] == dict(hashes)
