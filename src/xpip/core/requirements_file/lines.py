"""One logical line → the requirement, options or files that it says; all of them or an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from packaging.utils import canonicalize_name, is_normalized_name

from xpip.core.declarations import DeclaredRequirement, Place, Wanted, parse_wanted
from xpip.core.direct_references import Malformed
from xpip.core.direct_requests import DirectRequest, ReferenceKind
from xpip.core.facts import Hash
from xpip.core.hashes import parse_hash
from xpip.core.requirements_file.arguments import Arguments, split_line
from xpip.core.requirements_file.locations import beside, located
from xpip.core.requirements_file.values import (
    Entry,
    FeatureOption,
    Include,
    NamesOption,
    NamesOptionName,
    Option,
    RepositoryOption,
    RepositoryOptionName,
    Switch,
    SwitchName,
)

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_OF_A_REQUIREMENT = ("--hash", "--config-settings")
_SHORTEST_SECRET = 4
_INCLUDES = ("--requirement", "--constraint")


class FileContext(Struct, frozen=True, kw_only=True):
    """What reading a line needs beside its text.

    Attributes:
        location: the file's path or URL.
        directory: absolute; where relative paths of requirements start.
        variables: for `${NAME}`.
        is_constraint: whether `-c` named the file.
    """

    location: str
    directory: str
    variables: Mapping[str, str]
    is_constraint: bool


def read_line(line: str, place: Place, context: FileContext) -> tuple[Entry, ...]:
    """What a line says.

    Raises:
        Malformed: something on it is wrong, unknown or would be passed over. Its texts hold no
            value of a variable.
    """
    used = {name: context.variables.get(name, "") for name in _VARIABLE.findall(line)}
    if used and place.is_remote:
        raise Malformed("a file of the network may not read your variables")
    for name, value in used.items():
        if not value:
            raise Malformed(f"the variable {name} is not set, or empty")
    try:
        return tuple(_entries(_VARIABLE.sub(lambda found: used[found[1]], line), place, context))
    except Malformed as malformed:
        raise _hiding(malformed, used) from None


def _hiding(malformed: Malformed, used: Mapping[str, str]) -> Malformed:
    problem, hint = malformed.problem, malformed.hint
    for name, value in used.items():
        # What is so short is no secret, and may well be part of any other word.
        if len(value) >= _SHORTEST_SECRET:
            problem = problem.replace(value, f"${{{name}}}")
            hint = hint and hint.replace(value, f"${{{name}}}")
    return Malformed(problem, hint)


def _entries(line: str, place: Place, context: FileContext) -> Iterator[Entry]:
    arguments = split_line(line)
    if arguments.requirement:
        yield _requirement(arguments, place, context)
        return
    for name, value in arguments.options:
        if name in _OF_A_REQUIREMENT:
            raise Malformed(f"{name} belongs on the line of a requirement")
        if name in _INCLUDES:
            yield _include(name, value, place, context)
        else:
            yield _option(name, value, place, context)


def _requirement(arguments: Arguments, place: Place, context: FileContext) -> DeclaredRequirement:
    for name, _ in arguments.options:
        if name not in _OF_A_REQUIREMENT:
            raise Malformed(f"{name} needs a line of its own", _path_hint(arguments.requirement))
    wanted = parse_wanted(
        arguments.requirement, directory=context.directory, editable=arguments.editable
    )
    values = [value for name, value in arguments.options if name == "--hash"]
    declared = DeclaredRequirement(
        wanted=wanted,
        declared_at=place,
        hashes=tuple(map(_hash, values)),
        config_settings=tuple(
            _setting(value) for name, value in arguments.options if name == "--config-settings"
        ),
        is_constraint=context.is_constraint,
    )
    _check(declared)
    return declared


def _path_hint(requirement: str) -> str | None:
    return "Write a path with ' -' in it as a file: URL." if "/" in requirement else None


def _hash(value: str) -> Hash:
    algorithm, _, digest = value.partition(":")
    try:
        return parse_hash(algorithm, digest)
    except ValueError as error:
        raise Malformed(f"--hash: {error}", "Write --hash=sha256:…") from None


def _setting(value: str) -> tuple[str, str]:
    key, equals, setting = value.partition("=")
    if not key or not equals:
        raise Malformed("--config-settings takes KEY=VALUE")
    return key, setting


def _check(declared: DeclaredRequirement) -> None:
    wanted = declared.wanted
    if declared.hashes and not _has_file(wanted):
        raise Malformed("only an archive has a hash; a commit or a directory has none")
    if declared.is_constraint:
        _check_constraint(declared)


def _has_file(wanted: Wanted) -> bool:
    return not isinstance(wanted, DirectRequest) or wanted.kind is ReferenceKind.ARCHIVE


def _check_constraint(declared: DeclaredRequirement) -> None:
    if declared.is_editable:
        raise Malformed("a constraint cannot be editable")
    if declared.wanted.extras:
        raise Malformed("a constraint cannot have extras", "Ask for them where it is required.")
    if declared.config_settings:
        raise Malformed("a constraint builds nothing, and takes no --config-settings")
    if isinstance(declared.wanted, DirectRequest) and declared.wanted.project is None:
        raise Malformed("a constraint needs a name", "Write name @ URL.")


def _include(name: str, value: str, place: Place, context: FileContext) -> Include:
    if context.is_constraint and name == "--requirement":
        # pip installs what such a file asks for, which nobody expects of constraints.
        raise Malformed("a constraints file requires nothing", "Name another one with -c.")
    return Include(
        location=located(value, context.location),
        declared_at=place,
        is_constraint=name == "--constraint",
    )


def _option(name: str, value: str, place: Place, context: FileContext) -> Option:
    if name in list(RepositoryOptionName):
        return _repository_option(RepositoryOptionName(name), value, place, context)
    if name in list(NamesOptionName):
        names = tuple(map(_name, value.split(",")))
        return NamesOption(name=NamesOptionName(name), names=names, declared_at=place)
    if name in list(SwitchName):
        return Switch(name=SwitchName(name), declared_at=place)
    return FeatureOption(feature=value, declared_at=place)


def _repository_option(
    name: RepositoryOptionName, value: str, place: Place, context: FileContext
) -> RepositoryOption:
    if not place.is_own:
        # Semantics 3.4: who may be asked is not for a file to say that another one names.
        raise Malformed(
            f"{name} counts only in a local file that you name yourself",
            f"Give {name} on the command line, or write it in {place.chain[-1].file}.",
        )
    is_path = name is RepositoryOptionName.FIND_LINKS and not re.match(r"[A-Za-z][\w+.-]+:", value)
    return RepositoryOption(
        name=name,
        value=value,
        declared_at=place,
        beside_file=beside(value, context.location) if is_path else None,
    )


def _name(text: str) -> str:
    name = text.strip()
    if name in (":all:", ":none:"):
        return name
    normal = canonicalize_name(name)
    if not is_normalized_name(normal):
        raise Malformed("names, :all: or :none: are needed, with commas between them")
    return normal
