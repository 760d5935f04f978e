"""An explanation as text, as a table and as data."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace
from packaging.utils import canonicalize_name
from tests.core.test_explaining import REPOSITORIES, explained
from tests.support.maps import mapping, rule
from tests.support.memory import MemoryInstalled
from tests.support.stage import Stage

from xpip.core.continuity import OriginChange
from xpip.core.explaining import Explanation
from xpip.core.facts import ProjectStatus
from xpip.core.reporting.explanation import explanation_lines, headline
from xpip.core.reporting.explanation_data import explanation_data
from xpip.core.reporting.explanation_table import table_lines


def one_repository() -> Stage:
    """Two versions of spam."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0").has("spam", "2.0")
    return stage


def mapped(*rules: str) -> Stage:
    """Corp and pypi, under these rules."""
    stage = Stage(map=mapping(REPOSITORIES + "".join(rules)))
    stage.repository("corp").has("spam", "1.0")
    stage.repository("pypi").has("ham", "1.0")
    return stage


def text(explanation: Explanation, **options: bool) -> str:
    """The page."""
    return "\n".join(explanation_lines(explanation, **options))


def section(explanation: Explanation, title: str, **options: bool) -> list[str]:
    """The lines of one section."""
    lines: list[str] = []
    inside = False
    for line in list(explanation_lines(explanation, **options))[1:]:
        head = line[2:15].strip()
        inside = head == title if head else inside
        if inside:
            lines.append(line[15:])
    return lines


def titles(explanation: Explanation) -> list[str]:
    """The sections, in order."""
    lines = list(explanation_lines(explanation))[1:]
    return [head for line in lines if (head := line[2:15].strip())]


def test_sections_stand_in_the_order_of_the_stages() -> None:
    """Rule, asked, verdict, passed over, chosen, installed, what if (semantics 9)."""
    stage = one_repository()
    stage.repository("corp").has("spam", "3.0", yanked=True)
    installed = MemoryInstalled().has("spam", "1.0").find(explained(stage, "spam").project)

    assert titles(explained(stage, "spam", installed=installed)) == [
        "rule",
        "asked",
        "verdict",
        "passed over",
        "chosen",
        "needed by",
        "newer",
        "installed",
        "what if",
        "to change",
    ]


def test_headline_says_what_is_taken_from_where() -> None:
    """One line for who reads no further."""
    assert headline(explained(one_repository(), "spam")) == "spam 2.0 from corp"


def test_headline_gives_the_reason_code_of_a_refusal() -> None:
    """The code that the error will give."""
    stage = one_repository()
    stage.repository("pypi").has("spam", "9.0")

    assert headline(explained(stage, "spam")) == "spam: refused [collision]"


def test_headline_says_that_nobody_has_a_name() -> None:
    """Which is no refusal."""
    stage = Stage()
    stage.repository("corp")

    assert headline(explained(stage, "spam")) == "spam: nobody has it [not-found]"


def test_headline_says_that_what_is_installed_stands_against_it() -> None:
    """The file was chosen, and may not be taken."""
    explanation = explained(one_repository(), "spam")
    change = OriginChange(project=explanation.project, old="https://a/", new="https://b/")

    assert headline(replace(explanation, change=change)).endswith("[origin-changed]")


def test_headline_says_that_nothing_asked_for_needs_it() -> None:
    """It is explained all the same, as if it were asked for."""
    stage = one_repository()
    stage.repository("corp").has("ham", "1.0")

    assert headline(explained(stage, "ham")) == (
        "spam: nothing asked for needs it; if it were asked for, 2.0 from corp"
    )


def test_rules_that_do_not_match_are_counted_and_listed_when_verbose() -> None:
    """One screen for the ordinary case, and nothing that cannot be had."""
    explanation = explained(mapped(rule("eggs", "pypi"), rule("spam", "corp")), "spam")

    assert section(explanation, "rule")[-1] == "1 other rule before it: no match"
    assert section(explanation, "rule", verbose=True)[-1].endswith("mapping[0] does not match")


def test_rule_that_passes_a_name_on_says_so() -> None:
    """It is why a later rule decides."""
    passing = rule("ham", "corp", terminating=False)
    explanation = explained(mapped(passing, rule("*", "pypi")), "ham", name="ham")

    assert section(explanation, "rule")[1] == "  it passes the name on where they lack it"


def test_repository_is_shown_by_its_name_and_address() -> None:
    """The name that the headline and the mapping file use."""
    explanation = explained(mapped(rule("spam", "corp")), "spam")

    assert section(explanation, "asked")[0] == "corp: https://corp.example/simple/spam/"


def test_repository_without_a_name_is_shown_by_its_address_alone() -> None:
    """Nothing is said twice."""
    stage = Stage()
    stage.repository("corp.example/simple/", "https://corp.example/simple/").has("spam", "1.0")

    assert section(explained(stage, "spam"), "asked")[0] == "https://corp.example/simple/spam/"


def test_repository_that_was_not_asked_is_named() -> None:
    """That the name was not sent there is what a map is for."""
    explanation = explained(mapped(rule("spam", "corp")), "spam")

    assert "pypi: not asked, because nothing sends the name there" in section(explanation, "asked")


def test_claims_are_shown_raw_and_as_they_are_compared() -> None:
    """An operator who misspells one sees both."""
    stage = one_repository()
    stage.repository("corp").says("spam", tracks=("https://PyPI.example:443/simple/spam",))

    assert (
        "  tracks https://PyPI.example:443/simple/spam (= https://pypi.example/simple/spam/)"
        in (section(explained(stage, "spam"), "asked"))
    )


def test_secrets_of_a_url_are_not_shown() -> None:
    """Neither in text nor in data."""
    stage = Stage()
    url = "https://user:hush@files.example/spam-1.0-py3-none-any.whl?token=hush"
    stage.repository("corp").has("spam", "1.0", url=url).says(
        "spam", alternate_locations=("https://user:hush@pypi.example/simple/spam/",)
    )
    explanation = explained(stage, "spam")

    assert "hush" not in text(explanation, verbose=True)
    assert "hush" not in json.dumps(explanation_data(explanation))


def test_page_that_does_not_tell_upload_times_could_meet_no_cooldown() -> None:
    """What html cannot say costs something, and that is shown (semantics 4.6)."""
    assert (
        "  does not say sizes, upload times, project status: cannot meet `cooldown`, `status`"
        in (section(explained(one_repository(), "spam"), "asked"))
    )


def test_status_is_shown_with_its_reason() -> None:
    """PEP 792."""
    stage = one_repository()
    stage.repository("corp").says(
        "spam", status=ProjectStatus.ARCHIVED, status_reason="use eggs", api_version="1.4"
    )

    assert any("archived (use eggs)" in line for line in section(explained(stage, "spam"), "asked"))


def test_files_passed_over_are_counted_by_reason_and_shown_when_verbose() -> None:
    """Each file has one reason (semantics 6.1)."""
    stage = one_repository()
    for version in ("3.0", "4.0"):
        stage.repository("corp").has("spam", version, tag="cp39-cp39-win32")
    stage.repository("corp").has("spam", "5.0", yanked="broken")
    explanation = explained(stage, "spam")

    assert section(explanation, "passed over") == ["3 files: 2 [tags], 1 [yanked]"]
    assert section(explanation, "passed over", verbose=True)[-1] == (
        "1 file [yanked], such as spam-5.0-py3-none-any.whl: broken"
    )


def test_versions_passed_over_for_one_reason_share_a_line() -> None:
    """A requirement may stand against a hundred."""
    stage = one_repository()
    for version in ("3.0", "4.0", "5.0"):
        stage.repository("corp").has("spam", version)

    assert section(explained(stage, "spam<3"), "newer") == [
        "3 versions, 5.0 to 3.0: not asked for (you: spam<3)"
    ]


def test_file_without_a_hash_is_called_unverified() -> None:
    """Nothing would tell whether it is the one that was published."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0", hashes=())

    assert section(explained(stage, "spam"), "chosen")[1] == "wheel, no hash, so unverified"


def test_source_distribution_is_said_to_run_code() -> None:
    """Building is more than unpacking."""
    stage = Stage()
    stage.repository("corp").has("spam", "1.0", sdist=True)

    assert "its code runs" in section(explained(stage, "spam"), "chosen")[1]


def endangered() -> Explanation:
    """Taken from corp because pypi keeps silent."""
    stage = one_repository()
    stage.repository("pypi")
    return explained(stage, "spam")


def test_danger_is_marked_and_the_rest_counted() -> None:
    """What a stranger could still change comes first."""
    assert section(endangered(), "what if") == [
        "! corp loses the name, or lists no file of it any more",
        "  -> a stranger's 99.0, put on pypi, is taken, and nobody is asked",
        "9 other changes replayed: none lets another repository's file in",
    ]


def test_what_if_shows_every_change_in_full() -> None:
    """With what would follow."""
    lines = section(endangered(), "what if", what_if=True)

    assert "corp is out of order: the run ends (status 503)" in lines
    assert len(lines) == 2 + 9


def test_release_is_all_that_it_takes_where_one_repository_could_take_over() -> None:
    """What else might happen meanwhile is no news then."""
    stage = Stage()
    stage.repository("wheelhouse", local=True).has("spam", "1.0")
    stage.repository("pypi")

    assert section(explained(stage, "spam"), "what if")[:2] == [
        "! pypi gets a stranger's 99.0",
        "  -> a stranger's 99.0, put on pypi, is taken, and nobody is asked",
    ]


def test_advice_names_the_rule_to_edit_and_the_command_that_overrides_it() -> None:
    """What to change if the answer is wrong."""
    explanation = explained(mapped(rule("s*", "corp")), "spam")

    assert section(explanation, "to change") == [
        "edit xpip.toml:5; or xpip map add spam --repository pypi"
    ]


def test_advice_gives_the_command_that_ends_a_danger() -> None:
    """Without a map, the one that makes one."""
    assert section(endangered(), "to change")[1].startswith(
        "  xpip map add spam --repository corp="
    )


def test_advice_is_left_to_the_report_when_names_collide() -> None:
    """It follows, with one alternative for each repository; nothing is said twice."""
    stage = one_repository()
    stage.repository("pypi").has("spam", "9.0")

    assert section(explained(stage, "spam"), "to change") == []


def test_no_advice_hands_a_name_to_whoever_has_it_now_when_its_origin_changed() -> None:
    """The old owner may be the right one: the report that follows says whom to ask."""
    explanation = endangered()
    change = OriginChange(project=explanation.project, old="https://a/", new="https://b/")

    assert not {"what if", "to change"} & {*titles(replace(explanation, change=change))}


def rows(*explanations: Explanation) -> list[list[str]]:
    """The first cell and the remark of each row."""
    lines = list(table_lines(explanations))
    cut = lines[0].index("remarks")
    return [[line.split()[0], line[cut:]] for line in lines[1:]]


def named(explanation: Explanation, name: str, **changes: Any) -> Explanation:
    """The same, of another name."""
    return replace(explanation, project=canonicalize_name(name), **changes)


def test_table_begins_with_what_is_refused_then_with_what_could_switch() -> None:
    """The suspicious first (semantics 9)."""
    safe = explained(mapped(rule("spam", "corp")), "spam")
    change = OriginChange(project=safe.project, old="https://a/", new="https://b/")

    shown = rows(
        named(safe, "a-safe"),
        named(endangered(), "b-endangered"),
        named(safe, "c-changed", change=change),
        named(safe, "d-nothing", chosen=None),
    )

    assert [name for name, _ in shown] == ["c-changed", "d-nothing", "b-endangered", "a-safe"]
    assert shown[2][1].startswith("! corp loses the name: a stranger's 99.0, put on pypi,")
    assert shown[3][1] == ""


def test_data_holds_all_that_the_page_shows() -> None:
    """Schema 1: keys may be added, and none changes its meaning."""
    data: dict[str, Any] = json.loads(json.dumps(explanation_data(endangered())))

    assert data["project"] == "spam"
    assert data["ruling"] == "sole"
    assert data["chosen"]["file"] == "spam-2.0-py3-none-any.whl"
    assert data["chosen"]["origin"]["group"] == "corp"
    assert [each["answers"][0]["answer"] for each in data["asked"]] == ["found", "absent"]
    assert data["demands"] == [{"requirement": "spam", "by": None}]
    assert [each["event"] for each in data["what_if"] if each["dangerous"]] == ["lost", "emptied"]
