"""Errors carry data; the branch decides the exit code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

import pytest

from xpip.errors import (
    AvailabilityError,
    ExitCode,
    InstallationError,
    PolicyError,
    Reason,
    ResolutionError,
    SeveralErrors,
    UsageError,
    XpipError,
    branch_for,
)

UNRESOLVED = ResolutionError("no such project", reference=Reason.NOT_FOUND)
USAGE = UsageError("no such option", reference=Reason.USAGE)
REFUSED = PolicyError("two of one name", reference=Reason.COLLISION, context=["spam"], hint="ask")
UNAVAILABLE = AvailabilityError("no answer", reference=Reason.UNREACHABLE)


@pytest.mark.parametrize(
    ("branch", "code"),
    [
        (ResolutionError, 1),
        (UsageError, 2),
        (PolicyError, 3),
        (AvailabilityError, 4),
        (InstallationError, 5),
    ],
)
def test_branch_decides_the_exit_code(branch: type[XpipError], code: int) -> None:
    """Scripts rely on these numbers."""
    assert branch("…", reference=Reason.USAGE).exit_code == code


def test_exit_codes_of_the_process_itself_are_the_customary_ones() -> None:
    """`EX_SOFTWARE` for a bug, 128 + SIGINT for an interruption."""
    assert (ExitCode.DONE, ExitCode.BUG, ExitCode.INTERRUPTED) == (0, 70, 130)


def test_error_that_belongs_to_no_branch_is_a_bug() -> None:
    """Nobody gets away with raising the root of the tree."""
    assert XpipError("…", reference=Reason.USAGE).exit_code is ExitCode.BUG


def test_error_carries_its_texts_and_data() -> None:
    """What, where, what to do, and the same as values."""
    context, data = ["line"], {"project": "spam"}
    error = PolicyError("what", reference=Reason.COLLISION, context=context, hint="do", data=data)
    context.append("later")
    data["later"] = "too"
    assert (str(error), error.message, error.hint) == ("what", "what", "do")
    assert (error.context, error.data) == (("line",), {"project": "spam"})


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([UNRESOLVED, UNAVAILABLE, REFUSED, USAGE], ExitCode.USAGE),
        ([UNRESOLVED, UNAVAILABLE, REFUSED], ExitCode.REFUSED),
        ([UNRESOLVED, UNAVAILABLE], ExitCode.UNAVAILABLE),
        ([UNRESOLVED, UNRESOLVED], ExitCode.UNRESOLVED),
    ],
)
def test_several_errors_end_with_the_first_of_2_3_4_1(
    errors: Sequence[XpipError], code: ExitCode
) -> None:
    """A run that was refused must not look as if a retry might help."""
    assert SeveralErrors(errors).exit_code is code
    assert SeveralErrors(errors[::-1]).exit_code is code


def test_several_errors_speak_with_the_first_and_keep_all() -> None:
    """Each is reported, the weightiest first."""
    several = SeveralErrors([UNRESOLVED, REFUSED])
    assert several.errors == (REFUSED, UNRESOLVED)
    assert (several.message, several.reference) == (REFUSED.message, REFUSED.reference)
    assert (several.context, several.hint) == (REFUSED.context, REFUSED.hint)


@pytest.mark.parametrize(
    "reason",
    [
        Reason.UNREACHABLE,
        Reason.HTTP_STATUS,
        Reason.AUTH_FAILED,
        Reason.NOT_AN_INDEX,
        Reason.API_VERSION,
        Reason.LIMIT,
    ],
)
def test_unusable_answer_is_unavailable_when_it_may_be_another_time(reason: Reason) -> None:
    """Exit 4: may be retried."""
    assert branch_for(reason) is AvailabilityError


@pytest.mark.parametrize(
    "reason",
    [
        Reason.REDIRECT_FOREIGN,
        Reason.FILE_HOST_FOREIGN,
        Reason.HASH_MISMATCH,
        Reason.METADATA_CHANGED,
    ],
)
def test_unusable_answer_is_refused_when_it_breaks_a_rule(reason: Reason) -> None:
    """Exit 3: a script must not retry past it."""
    assert branch_for(reason) is PolicyError


def test_reason_codes_are_all_explained_in_the_help() -> None:
    """`xpip help errors` has an entry for each code, and for nothing else."""
    page = (files("xpip") / "help" / "errors.md").read_text(encoding="utf-8")
    explained = re.findall(r"^- `([a-z-]+)`:", page, flags=re.MULTILINE)
    assert sorted(explained) == sorted(reason.value for reason in Reason)
