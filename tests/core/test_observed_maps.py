"""Where projects came from → the smallest map that sends each of them there again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from xpip.core.map_drafts.drafts import MapDraft, write_draft
from xpip.core.map_drafts.observed import Observed, observed_draft
from xpip.core.mapping_file import MapSource, parse_map
from xpip.core.policy import Policy
from xpip.core.routing import route
from xpip.errors import UsageError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PUBLIC = "https://public.example/simple/"
CORP = "https://corp.example/simple/"


def drafted(origins: dict[str, str], *, opened: str | None = None) -> MapDraft:
    """The draft for these projects; several repositories are separated by spaces."""
    observed = Observed(
        origins={canonicalize_name(name): tuple(urls.split()) for name, urls in origins.items()},
        unknown={canonicalize_name("mystery"): "nobody wrote it down"},
        source="pylock.toml",
    )
    return observed_draft(observed, public=PUBLIC, opened=opened)


def asked(draft: MapDraft, name: str) -> list[str]:
    """The URLs that the drafted map asks for a name, if it has a rule for it."""
    source = MapSource(path="xpip.toml", directory="/project", discovered=True)
    mapping = parse_map(write_draft(draft).encode(), source, variables={}, now=NOW)
    routing = route(canonicalize_name(name), Policy(groups=mapping.groups, map=mapping))
    return [group.canonical.url for group in routing.groups]


IN_USE = {
    "acme-app": CORP,
    "acme-lib": CORP,
    "tool": CORP,
    "requests": PUBLIC,
    "idna": PUBLIC,
    "urllib3": PUBLIC,
    "certifi": PUBLIC,
}


def test_every_project_is_routed_to_where_it_came_from() -> None:
    """The whole point of it."""
    draft = drafted(IN_USE)
    assert {name: asked(draft, name) for name in IN_USE} == {
        name: [url] for name, url in IN_USE.items()
    }


def test_public_repository_is_opened_when_most_projects_come_from_it() -> None:
    """And it is said what that admits."""
    draft = drafted(IN_USE)
    assert asked(draft, "anything") == [PUBLIC]
    assert "* admits every other name from public-example: only 4 projects of it" in str(draft)


def test_namespace_says_what_more_it_admits() -> None:
    """Two names share it, and nobody else's does."""
    draft = drafted(IN_USE)
    assert asked(draft, "acme-new") == [CORP]
    said = (
        "namespace acme also admits every other acme-* name: only acme-app and acme-lib are in use"
    )
    assert said in draft.unsaid
    assert f"N{said[1:]}." in write_draft(draft).replace("\n# ", " ")


def test_namespace_is_not_made_when_another_repository_has_a_name_in_it() -> None:
    """Literal names it is, then."""
    draft = drafted({**IN_USE, "acme-public": PUBLIC})
    assert asked(draft, "acme-public") == [PUBLIC]
    assert asked(draft, "acme-app") == [CORP]
    assert asked(draft, "acme-new") == [PUBLIC]


def test_private_repository_is_not_opened_unless_it_is_named() -> None:
    """Most projects come from it; still every other name is refused."""
    in_use = {"a": CORP, "b": CORP, "c": PUBLIC}
    assert asked(drafted(in_use), "anything") == []
    assert asked(drafted(in_use, opened="corp-example"), "anything") == [CORP]
    assert asked(drafted(in_use, opened=CORP), "c") == [PUBLIC]
    with pytest.raises(UsageError) as error:
        drafted(in_use, opened="elsewhere")
    assert error.value.hint == "In use: corp-example, public-example."


def test_project_from_two_repositories_is_judged_and_listed() -> None:
    """A lock for two platforms may have it from each of them."""
    draft = drafted({**IN_USE, "torch": f"{CORP} {PUBLIC}"})
    assert set(asked(draft, "torch")) == {CORP, PUBLIC}
    assert 'merge = "linked"' in write_draft(draft)
    assert any(line.startswith("torch came from") for line in draft.unsaid)


def test_projects_of_unknown_origin_get_no_rule() -> None:
    """They are listed with the reason."""
    assert "no rule is made for mystery: nobody wrote it down" in drafted({"a": CORP}).unsaid
    assert asked(drafted({"a": CORP}), "mystery") == []
