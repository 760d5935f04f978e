"""Readings of other tools' settings → one draft of a mapping file.

Decides what stays closed: names whose index cannot be said are denied, an open rule that would
lack one is written as a comment, and several repositories for one name are always judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from xpip.core.map_drafts.drafts import DraftRepository, DraftRule, MapDraft
from xpip.core.map_drafts.naming import free_name
from xpip.core.map_drafts.readings import ForeignIndex, ForeignRule, Reading
from xpip.core.patterns import Pattern, covers
from xpip.core.policy import Auth, IndexOrder, Merge
from xpip.core.urls import canonical_project_url, canonical_root, web_origin

_NEVER_BESIDE_LOGIN = 403


def draft_of(readings: Sequence[Reading], *, head: Iterable[str]) -> MapDraft:
    """The mapping file that comes nearest to what these readings say, and never beyond it.

    Args:
        readings: of two that speak of one name, or of every name, the first counts.
        head: what stands at the top of the file.
    """
    drafting = _Drafting(readings)
    for reading in readings:
        for index in reading.indexes:
            drafting.add_index(index)
    rules = [*drafting.specific_rules(), *drafting.open_rules()]
    return MapDraft(
        head=tuple(head),
        repositories=tuple(drafting.repositories(rules)),
        rules=tuple(rules),
        unsaid=(
            *drafting.unsaid,
            *(str(each) for reading in readings for each in reading.unsaid),
        ),
    )


class _Drafting:
    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings
        self._drafts: dict[str, DraftRepository] = {}
        self._covering: list[tuple[str, DraftRule]] = []
        self.unsaid: list[str] = []

    # Repositories

    def add_index(self, index: ForeignIndex) -> None:
        """Make a repository of an index, or list it."""
        if index.url is None:
            self.unsaid.append(f"{index.place}: {index.shown}: {index.problem}")
            return
        key = _identity(index.url)
        known = self._drafts.get(key)
        if known is None:
            self._drafts[key] = self._first(index)
            return
        self._drafts[key] = replace(
            known,
            comments=(*known.comments, f"{index.place} names it too."),
            auth=_stricter(known.auth, index),
            insecure=known.insecure or index.insecure,
            absent_status=known.absent_status & index.absent_status,
        )

    def _first(self, index: ForeignIndex) -> DraftRepository:
        assert index.url is not None
        taken = [draft.name for draft in self._drafts.values()]
        name = free_name(index.url, taken, wanted=index.name)
        called = f", there called {index.name!r}." if index.name not in (None, name) else "."
        return DraftRepository(
            name=name,
            url=index.url,
            comments=(f"From {index.place}{called}", *index.comments),
            auth=_stricter(index.auth, index),
            insecure=index.insecure,
            absent_status=index.absent_status,
        )

    def repositories(self, rules: Sequence[DraftRule]) -> Iterator[DraftRepository]:
        """All of them, each with what is left to be said of it now that the rules are known."""
        used = {name for rule in rules if rule.active for name in rule.repositories}
        logged_in = {
            _identity(index.url)
            for reading in self._readings
            for index in reading.indexes
            if index.has_login and index.url is not None
        }
        for key, draft in self._drafts.items():
            comments = list(draft.comments)
            if key in logged_in:
                comments.append(f"Its credentials stay out of this file: set {_logins(draft)}.")
                if draft.name in used:
                    self.unsaid.append(f"credentials for {draft.name}: set {_logins(draft)}")
            if draft.name not in used:
                comments.append("No rule below sends a name here.")
            yield self._checked(replace(draft, comments=tuple(comments)))
        unused = [draft.name for draft in self._drafts.values() if draft.name not in used]
        if unused:
            self.unsaid.append(f"no rule sends a name to {_listed(unused)}")

    def _checked(self, draft: DraftRepository) -> DraftRepository:
        if draft.auth is not Auth.REQUIRED or _NEVER_BESIDE_LOGIN not in draft.absent_status:
            return draft
        self.unsaid.append(
            f"{draft.name}: status 403 cannot mean that a name is absent where credentials are"
            " required: it may as well mean that they are wrong"
        )
        return replace(draft, absent_status=draft.absent_status - {_NEVER_BESIDE_LOGIN})

    def _name(self, index: ForeignIndex) -> str:
        assert index.url is not None
        return self._drafts[_identity(index.url)].name

    # Rules

    def specific_rules(self) -> Iterator[DraftRule]:
        """Rules for names and globs: literal ones first, so that no glob hides them."""
        told = [
            (reading, rule)
            for reading in self._readings
            for rule in reading.rules
            if not rule.is_open
        ]
        literal = [(reading, _only(rule, literal=True)) for reading, rule in told]
        globs = [(reading, _only(rule, literal=False)) for reading, rule in told]
        rules = [
            made
            for reading, rule in (*literal, *globs)
            if rule.patterns and (made := self._specific(reading, rule)) is not None
        ]
        yield from _gathered(rules)

    def _specific(self, reading: Reading, rule: ForeignRule) -> DraftRule | None:
        made = self._rule(reading, rule)
        missing = [index for index in rule.indexes if index.url is None]
        if missing:
            made = replace(
                made,
                repositories=(),
                merge=None,
                order=IndexOrder.VERSION,
                cooldown=None,
                reason=f"{missing[0].shown} ({rule.place}) could not be imported",
            )
        paths = tuple(path for path in made.paths if not self._is_said(path, made, rule))
        if not paths:
            return None
        made = replace(made, paths=paths)
        if made.terminating:
            self._covering += [(path, made) for path in paths]
        return made

    def _is_said(self, path: str, made: DraftRule, rule: ForeignRule) -> bool:
        """Whether an earlier rule decides the name already; if otherwise than this one, list it."""
        before = next((other for wide, other in self._covering if covers(wide, path)), None)
        if before is None:
            return False
        if before.repositories != made.repositories:
            self.unsaid.append(
                f"{rule.place}: {path}: goes to {_listed(made.repositories)} by this setting,"
                f" and to {_listed(before.repositories)} by an earlier one, which counts here"
            )
        return True

    def _rule(self, reading: Reading, rule: ForeignRule) -> DraftRule:
        repositories = tuple(
            dict.fromkeys(self._name(index) for index in rule.indexes if index.url is not None)
        )
        several = len(repositories) > 1
        judged = several and rule.order is IndexOrder.VERSION
        if judged and self._remote(rule) > 1:
            does = "takes the best version from all of" if rule.is_open else "chooses among"
            self.unsaid.append(
                f"{rule.place}: {reading.tool} {does} {_listed(repositories)}; here a name that"
                " several of them hold is refused, until a rule names its repository"
                " (`xpip help collisions`)"
            )
        return DraftRule(
            paths=tuple(Pattern.parse(text).text for text in rule.patterns),
            repositories=repositories,
            comments=(f"From {rule.place}.", *rule.comments),
            terminating=not rule.passes_on,
            # For a name spelled out, several repositories would be one namespace.
            merge=Merge.LINKED if judged and any(map(_is_literal, rule.patterns)) else None,
            order=rule.order if several else IndexOrder.VERSION,
            cooldown=self._cooldown(rule),
        )

    def _remote(self, rule: ForeignRule) -> int:
        urls = {_identity(index.url) for index in rule.indexes if index.url is not None}
        return sum(1 for url in urls if "://" in url)

    def _cooldown(self, rule: ForeignRule) -> str | None:
        cooldowns = {index.cooldown for index in rule.indexes if index.url is not None}
        if len(cooldowns) < 2:
            return next(iter(cooldowns), None)
        stated = [index.cooldown for index in rule.indexes if index.url and index.cooldown]
        self.unsaid.append(
            f"{rule.place}: its indexes exclude newer files in different ways, and a rule has one"
            f" cooldown: {stated[0]} for all of them here"
        )
        return stated[0]

    def open_rules(self) -> Iterator[DraftRule]:
        """Rules for every name, of the first reading that has any."""
        told = [
            (reading, [rule for rule in reading.rules if rule.is_open])
            for reading in self._readings
            if any(rule.is_open for rule in reading.rules)
        ]
        if not told:
            return
        (reading, rules), *others = told
        rules = self._reachable(rules)
        made = [self._open(reading, rule) for rule in rules]
        missing = [index for rule in rules for index in rule.indexes if index.url is None]
        for rule in made:
            yield self._inactive(rule, missing[0]) if missing else rule
        for other, others_rules in others:
            self._compare(reading, made, other, others_rules)

    def _reachable(self, rules: list[ForeignRule]) -> list[ForeignRule]:
        """The rules up to the first that passes nothing on."""
        last = next((at for at, rule in enumerate(rules) if not rule.passes_on), len(rules))
        for rule in rules[last + 1 :]:
            self.unsaid.append(f"{rule.place}: an earlier setting speaks for every name already")
        return rules[: last + 1]

    def _open(self, reading: Reading, rule: ForeignRule) -> DraftRule:
        made = self._rule(reading, rule)
        return replace(made, comments=(*_open_comments(made), *made.comments))

    def _inactive(self, rule: DraftRule, missing: ForeignIndex) -> DraftRule:
        self.unsaid.append(
            f"the rule for every other name is a comment: {missing.shown} ({missing.place}) is"
            " missing from it, and its names would be taken from elsewhere"
        )
        return replace(
            rule,
            active=False,
            comments=(
                *rule.comments,
                (
                    f"It lacks {missing.shown}, so it is yours to decide: take the # away, and"
                    " names of that index are taken from these."
                ),
            ),
        )

    def _compare(
        self, first: Reading, made: list[DraftRule], other: Reading, rules: list[ForeignRule]
    ) -> None:
        names = [tuple(self._name(each) for each in rule.indexes if each.url) for rule in rules]
        if names != [rule.repositories for rule in made]:
            asked = ", then ".join(_listed(each) for each in names)
            self.unsaid.append(
                f"{rules[0].place}: {other.tool} asks {asked} for every name; here"
                f" {first.tool}'s settings count"
            )


def _identity(url: str) -> str:
    """One spelling for one place, as the mapping file compares them."""
    if "://" not in url:
        return url.rstrip("/")
    return canonical_project_url(f"{canonical_root(url)}x/")


def _stricter(auth: Auth, index: ForeignIndex) -> Auth:
    # Some servers answer a stranger with other people's projects: without a login, do not ask.
    return Auth.REQUIRED if index.has_login or index.auth is Auth.REQUIRED else auth


def _logins(draft: DraftRepository) -> str:
    scheme, host, port = web_origin(draft.url)
    usual = {"https": 443, "http": 80}.get(scheme) == port
    origin = f"{scheme}://{host}" if usual else f"{scheme}://{host}:{port}"
    prefix = draft.login_variables.partition("_USERNAME")[0]
    return f"{draft.login_variables}; and {prefix}_ORIGIN={origin} where the file is in a checkout"


def _is_literal(text: str) -> bool:
    return Pattern.parse(text).is_literal


def _only(rule: ForeignRule, *, literal: bool) -> ForeignRule:
    patterns = tuple(text for text in rule.patterns if _is_literal(text) is literal)
    return replace(rule, patterns=patterns)


def _gathered(rules: Sequence[DraftRule]) -> Iterator[DraftRule]:
    """Neighbours that differ in their names alone, as one rule."""
    pending: DraftRule | None = None
    for rule in rules:
        if pending is not None and _alike(pending, rule):
            pending = replace(
                pending,
                paths=(*pending.paths, *rule.paths),
                comments=tuple(dict.fromkeys((*pending.comments, *rule.comments))),
            )
            continue
        if pending is not None:
            yield pending
        pending = rule
    if pending is not None:
        yield pending


def _alike(one: DraftRule, other: DraftRule) -> bool:
    return replace(one, paths=(), comments=()) == replace(other, paths=(), comments=())


def _open_comments(rule: DraftRule) -> tuple[str, ...]:
    if not rule.terminating:
        return ("Every other name; what these lack is asked for by the next rule.",)
    if len(rule.repositories) < 2:
        return ("Every other name.",)
    if rule.order is IndexOrder.INDEX:
        return (
            (
                "Every other name, from the first of these that has it. What the first ones lack,"
                " anyone may register at the last: put names of your own into a rule of theirs."
            ),
        )
    return (
        (
            "Every other name. One that several of these hold is refused: put names of your own"
            " into a rule of theirs (`xpip help collisions`)."
        ),
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names) or "nobody"
    return f"{', '.join(names[:-1])} and {names[-1]}"
