"""Stories of audits, told for `tests/golden`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.golden import Transcript
from tests.support.world import RepositoryDouble


def acme(said: Transcript, *, rule: str = "") -> tuple[RepositoryDouble, RepositoryDouble]:
    """A private repository and a public one, under a mapping file."""
    corp, public = said.repository("corp"), said.repository("public")
    corp.lists_projects = public.lists_projects = True
    corp.serve("acme-app", "1.0", requires=["requests"])
    public.serve("requests", "2.0")
    said.write(
        "xpip.toml",
        f'[repositories]\ncorp = ["{corp.url}"]\npublic = ["{public.url}"]\n\n'
        f'[[mapping]]\nnamespace = ["acme"]\nrepositories = ["corp"]\n{rule}\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["public"]\ncooldown = "1d"\n'
        'no-upload-time = "allow"\n',
    )
    return corp, public


def audit_what_if(said: Transcript, _: Path) -> None:
    """A rule that passes names on, and what ends it."""
    acme(said, rule="terminating = false\n")
    said.run("audit", "--what-if", "acme-app")
    said.run("audit", "--what-if", "requests")


def audit_public_names(said: Transcript, _: Path) -> None:
    """Strangers who have a private name, and names like it."""
    _corp, public = acme(said)
    for name in ("acme-app", "acme-apps", "acme-evil"):
        public.serve(name, "99.0")
    said.run("audit", "--public-names", public.url)


def audit_repositories(said: Transcript, _: Path) -> None:
    """A public repository that holds another file of a name than its mirror, and speaks HTML."""
    corp = said.repository("corp")
    mirror = said.repository("mirror", format="html")
    corp.serve("spam", "2.0")
    mirror.serve_file("spam", "1.0", corp.serve("spam", "1.0"), hashes={"sha256": "0" * 64})
    said.write(
        "xpip.toml",
        f'[repositories]\ncorp = ["{corp.url}", "{mirror.url}"]\n\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\ncooldown = "1d"\n'
        'no-upload-time = "allow"\n',
    )
    said.run("audit", "--repositories", "spam")


AUDITS: dict[str, Callable[[Transcript, Path], None]] = {
    "audit-what-if": audit_what_if,
    "audit-public-names": audit_public_names,
    "audit-repositories": audit_repositories,
}
