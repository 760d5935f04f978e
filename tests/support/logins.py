"""The logins of a run, put together as a run does it, from options, variables and real files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from packaging.utils import canonicalize_name

from tests.support.world import RepositoryDouble
from xpip.core.facts import Answer
from xpip.core.policy import Credentials
from xpip.core.urls import web_origin
from xpip.edge.config import Options, Settings, configure
from xpip.edge.credentials import CredentialStore
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.transport import Transport

CORP = "https://corp.example"
TOKEN = {"XPIP_CORP_TOKEN": "secret"}
Login = tuple[str, str] | None


class Logins:
    """The store of a run with these options and variables.

    Args:
        discovered: text of an `xpip.toml` in the working directory.
        given: text of the file that `--map` names.
    """

    def __init__(
        self,
        directory: Path,
        *,
        discovered: str | None = None,
        given: str | None = None,
        environ: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        if discovered is not None:
            (directory / "xpip.toml").write_text(discovered)
        if given is not None:
            (directory / "given.toml").write_text(given)
            options["map_file"] = "given.toml"
        variables = {"HOME": str(directory), **(environ or {})}
        now = datetime(2026, 1, 31, tzinfo=UTC)
        told = Options(**options)
        self.settings: Settings = configure(told, environ=variables, cwd=directory, now=now)
        self.store = CredentialStore(
            self.settings.policy, self.settings.credentials, environ=variables
        )

    def known(self, url: str) -> Login:
        """What is sent with the first request."""
        return _login(self.store.find(web_origin(url)))

    def asked(self, url: str) -> Login:
        """What is sent after a refusal."""
        return _login(self.store.ask(web_origin(url)))

    def page(self, project: str = "spam") -> Answer:
        """What the first repository answers, asked as a run asks it."""
        transport = Transport(logins=self.store, network=self.settings.network)
        groups = self.settings.policy.groups
        remote = RemoteRepositories(transport, groups=groups, logins=self.store)
        try:
            return remote.page(groups[0].canonical, canonicalize_name(project))
        finally:
            transport.close()


def _login(found: Credentials | None) -> Login:
    return None if found is None else (found.username, found.password)


def mapping(*urls: str, name: str = "corp", auth: str = "optional") -> str:
    """A mapping file with one group, which may speak for all names."""
    return dedent(
        f"""
        [repositories.{name}]
        urls = {list(urls) or [f"{CORP}/simple/"]}
        auth = "{auth}"
        [[mapping]]
        paths = ["*"]
        repositories = ["{name}"]
        """
    )


def netrc(directory: Path, text: str) -> dict[str, str]:
    """The variable that names a netrc file of this text."""
    path = directory / "logins"
    path.write_text(text)
    return {"NETRC": str(path)}


def authorized(corp: RepositoryDouble) -> list[bool]:
    """Of every request, whether it brought a login."""
    return ["authorization" in request.headers for request in corp.requests]
