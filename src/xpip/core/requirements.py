"""What people write on a command line → dependencies that apply to the target."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement

from xpip.core.dependencies import Dependencies, Dependency, as_dependency
from xpip.core.policy import Target
from xpip.errors import Reason, UsageError

_PATH = re.compile(r"^(\.|/|~|[a-zA-Z]:\\)|[/\\]|\.(whl|zip|tar\.gz|txt|toml|cfg)$")
_URL = re.compile(r"^[a-z+]+://|^git\+", re.IGNORECASE)


def parse_requirements(texts: Iterable[str], target: Target) -> tuple[Dependency, ...]:
    """Read requirements (PEP 508); those whose marker does not hold on the target are left out.

    Raises:
        UsageError: `requirements-invalid`, naming the text and what is wrong with it.
    """
    dependencies = Dependencies(target)
    parsed = map(_parse, texts)
    return tuple(as_dependency(each) for each in parsed if dependencies.applies(each))


def _parse(text: str) -> Requirement:
    if _URL.match(text) or (_PATH.search(text) and "@" not in text):
        raise _no_direct_references(text)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"{text!r} is not a requirement",
            reference=Reason.REQUIREMENTS_INVALID,
            context=str(error).splitlines(),
            hint="Write a name and what you ask of it, such as 'fastapi[standard]>=0.100'.",
        ) from None
    if requirement.url:
        raise _no_direct_references(text)
    return requirement


def _no_direct_references(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is a path or URL, and xpip takes names from repositories only so far",
        reference=Reason.REQUIREMENTS_INVALID,
        hint="A directory of wheels can be named with --find-links DIR; requirements files are "
        "not read yet. Nobody was asked for it.",
    )
