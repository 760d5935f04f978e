"""Bytes of a `pyproject.toml` → what the project asks for: `[project]` and `[dependency-groups]`.

Decides what the tables say, not which of them are wanted. Of the groups only those asked for are
validated (PEP 735), so that one may use what this xpip does not know. Other tables, and fields of
`[project]` that are not requirements, are the affair of other tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field
from packaging.dependency_groups import DependencyGroupInclude, DependencyGroupResolver
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from xpip.core.declarations import DeclaredRequirement, Place, parse_wanted
from xpip.core.direct_references import Malformed
from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.own_extras import BadReference, expanded
from xpip.core.redaction import shown
from xpip.core.strict_table import Invalid, StrictTable
from xpip.core.toml_text import load_toml
from xpip.errors import Reason, UsageError

_MOST_IN_A_GROUP = 10_000
"""Requirements after includes: groups that include one another twice double at each step."""
_LONGEST_SPECIFIER = 1000

Declared = tuple[DeclaredRequirement, ...]


class Dynamic(Struct, frozen=True, kw_only=True):
    """A field that only the build backend can tell (PEP 621, `dynamic`)."""

    field: str


class ExtraDependencies(Struct, frozen=True, kw_only=True):
    """What one extra of the project adds."""

    extra: NormalizedName
    declared: Declared


class ProjectTable(Struct, frozen=True, kw_only=True):
    """`[project]`, as far as an installer reads it.

    Attributes:
        requires_python: None where the field is missing.
        dependencies: empty where the field is missing.
        extras: empty where `optional-dependencies` is missing.
    """

    name: NormalizedName | None = None
    requires_python: SpecifierSet | Dynamic | None = None
    dependencies: Declared | Dynamic = ()
    extras: tuple[ExtraDependencies, ...] | Dynamic = ()


def parse_project(raw: bytes, *, path: str, directory: str) -> ProjectTable | None:
    """Read `[project]`; None where there is no such table.

    Args:
        raw: the file.
        path: as shown to the user.
        directory: the file's, absolute, POSIX form: relative paths start from it.

    Raises:
        UsageError: `requirements-invalid`, with the key path of what is wrong.
    """
    file = _File(path=path, directory=directory)
    try:
        document = _document(raw)
        return _project(document["project"], file) if "project" in document else None
    except Invalid as invalid:
        raise file.refusal(invalid) from None


def parse_groups(
    raw: bytes, names: Iterable[str], *, path: str, directory: str
) -> tuple[DeclaredRequirement, ...]:
    """Read some groups of `[dependency-groups]`, includes in their places (PEP 735).

    Args:
        raw: the file.
        names: the groups, in any spelling; their order is kept, and what comes twice too.
        path: as shown to the user.
        directory: the file's, absolute, POSIX form: relative paths start from it.

    Raises:
        UsageError: `requirements-invalid`: a group is not there, invalid, or includes itself.
    """
    file = _File(path=path, directory=directory)
    try:
        groups = _Groups(_document(raw).get("dependency-groups", {}))
        return tuple(
            file.declared(text, f"dependency-groups.{canonicalize_name(name)}")
            for name in names
            for text in groups.requirements(name)
        )
    except Invalid as invalid:
        raise file.refusal(invalid) from None


def specifier_set(text: str, key: str) -> SpecifierSet:
    """Read versions of Python that are asked for.

    Raises:
        Invalid: it is no specifier set.
    """
    try:
        if len(text) <= _LONGEST_SPECIFIER:
            return SpecifierSet(text)
    except InvalidSpecifier:
        pass
    raise Invalid(key, "must be a version specifier such as '>=3.11'")


class _File(Struct, frozen=True, kw_only=True):
    path: str
    directory: str

    def declared(self, text: str, key: str) -> DeclaredRequirement:
        """One requirement, declared at its key path."""
        try:
            wanted = parse_wanted(text, directory=self.directory)
        except Malformed as malformed:
            raise self.refusal(
                Invalid(key, malformed.problem), text=text, hint=malformed.hint
            ) from None
        return DeclaredRequirement(wanted=wanted, declared_at=Place(file=self.path, key=key))

    def refusal(self, invalid: Invalid, *, text: str = "", hint: str | None = None) -> UsageError:
        """The error that names file and key path, and shows the text."""
        return UsageError(
            f"{self.path}: {invalid}",
            reference=Reason.REQUIREMENTS_INVALID,
            context=[shown(text)] if text else [],
            hint=hint,
            data={"file": self.path, "key": invalid.path},
        )


def _document(raw: bytes) -> dict[str, Any]:
    try:
        return load_toml(raw)
    except ValueError as error:
        raise Invalid("", f"this is no TOML: {error}") from None


def _project(value: object, file: _File) -> ProjectTable:
    table = StrictTable(value, "project")
    dynamic = table.take_strings("dynamic")
    for key in dynamic:
        if key in table:
            raise Invalid(table.at(key), "is said here, and dynamic too")
    name = table.take("name", str, "")
    return ProjectTable(
        name=canonicalize_name(name) if name else None,
        requires_python=_requires_python(table, dynamic),
        dependencies=Dynamic(field="dependencies")
        if "dependencies" in dynamic
        else tuple(_requirements(table, "dependencies", file)),
        extras=Dynamic(field="optional-dependencies")
        if "optional-dependencies" in dynamic
        else _extras(table, file, canonicalize_name(name)),
    )


def _requires_python(table: StrictTable, dynamic: tuple[str, ...]) -> SpecifierSet | Dynamic | None:
    if "requires-python" in dynamic:
        return Dynamic(field="requires-python")
    text = table.take("requires-python", str, "")
    return specifier_set(text, table.at("requires-python")) if text else None


def _extras(
    table: StrictTable, file: _File, project: NormalizedName
) -> tuple[ExtraDependencies, ...]:
    key = "optional-dependencies"
    extras = StrictTable(table.take(key, dict, {}), table.at(key))
    found: dict[NormalizedName, Declared] = {}
    for name, value in extras.items():
        # The same key path for the items of a list, though it is one extra of many.
        of_extra = StrictTable({name: value}, extras.path)
        normal = canonicalize_name(name)
        if normal in found:
            raise Invalid(extras.at(name), f"another extra is called {normal} too")
        found[normal] = tuple(_requirements(of_extra, name, file))
    try:
        whole = expanded(project, found)
    except BadReference as error:
        raise Invalid(error.declared.declared_at.key, str(error)) from None
    return tuple(ExtraDependencies(extra=name, declared=each) for name, each in whole.items())


def _requirements(table: StrictTable, key: str, file: _File) -> Iterator[DeclaredRequirement]:
    for number, text in enumerate(table.take_strings(key)):
        yield file.declared(text, f"{table.at(key)}[{number}]")


class _Groups(Struct):
    """`[dependency-groups]`, through packaging's reader of PEP 735."""

    table: Any
    _sizes: dict[str, int] = field(default_factory=dict)

    def requirements(self, name: str) -> tuple[str, ...]:
        """The requirements of a group, includes in their places.

        Raises:
            Invalid: the group, or one that it includes, is not there or not valid.
        """
        self._check_known(name)
        key = f"dependency-groups.{canonicalize_name(name)}"
        try:
            resolver = DependencyGroupResolver(self.table)
            if self._size(resolver, canonicalize_name(name), ()) > _MOST_IN_A_GROUP:
                raise Invalid(key, "includes too many requirements")
            return tuple(map(str, resolver.resolve(name)))
        except Invalid:
            raise
        except ExceptionGroup as errors:
            raise Invalid(key, "; ".join(_lines(errors))) from None
        except (ValueError, TypeError, RecursionError) as error:
            raise Invalid(key, str(error)) from None

    def _check_known(self, name: str) -> None:
        written = dict(StrictTable(self.table, "dependency-groups").items())
        if canonicalize_name(name) not in map(canonicalize_name, written):
            others = f"; there are {', '.join(written)}" if written else ""
            raise Invalid("dependency-groups", f"has no group {canonicalize_name(name)}{others}")

    def _size(self, resolver: DependencyGroupResolver, name: str, above: tuple[str, ...]) -> int:
        if name in above:
            cycle = " → ".join((*above[above.index(name) :], name))
            raise Invalid(f"dependency-groups.{name}", f"includes itself: {cycle}")
        if name not in self._sizes:
            self._sizes[name] = 1 + sum(
                self._size(resolver, canonicalize_name(item.include_group), (*above, name))
                if isinstance(item, DependencyGroupInclude)
                else 1
                for item in resolver.lookup(name)
            )
        return self._sizes[name]


def _lines(errors: BaseException) -> Iterator[str]:
    if isinstance(errors, BaseExceptionGroup):
        for error in errors.exceptions:
            yield from _lines(error)
    else:
        yield (str(errors).splitlines() or [type(errors).__name__])[0]
