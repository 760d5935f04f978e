"""The servers that people keep their own packages on, each as its manual says to run it."""

from __future__ import annotations

import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import httpx
from packaging.utils import parse_wheel_filename

from tests.support.running import Server, find_program
from tests.support.web_servers import (
    ApacheListing,
    NginxListing,
    PythonListing,
    StaticJson,
    requires_python_of,
    sha256_of,
    wheels_in,
)
from tests.support.wheels import metadata_of


class Devpi(Server):
    """devpi-server: users, their indexes, uploads."""

    name = "devpi"
    path = "/corp/dev/+simple/"
    # What protects nothing may be cheap to compute: seconds, otherwise.
    _WEAK: ClassVar = [f"--argon2-{cost}-cost=8" for cost in ("memory", "time")]

    def prepare(self) -> None:
        """Make its database, without the mirror of PyPI that it has by default."""
        init = find_program("devpi-init", "devpi-server")
        subprocess.run(
            [init, "--serverdir", str(self.directory / "data"), "--no-root-pypi"],
            check=True,
            capture_output=True,
        )

    def command(self) -> list[str]:
        """Serve, and never look elsewhere."""
        return [
            find_program("devpi-server", "devpi-server"),
            f"--serverdir={self.directory / 'data'}",
            "--host=127.0.0.1",
            f"--port={self.port}",
            "--offline-mode",
            "--argon2-parallelism=1",
            *self._WEAK,
        ]

    def fill(self) -> None:
        """Upload over HTTP, as twine does."""
        user = {"password": "s3cret"}
        httpx.put(f"{self.origin}/corp", json=user).raise_for_status()
        with httpx.Client(base_url=self.origin, auth=("corp", "s3cret")) as client:
            index = {"type": "stage", "bases": []}
            client.put("/corp/dev", json=index).raise_for_status()
            for wheel in wheels_in(self.tree):
                with wheel.open("rb") as content:
                    client.post(
                        "/corp/dev/", data=_upload_form(wheel), files={"content": content}
                    ).raise_for_status()


class Pypiserver(Server):
    """pypiserver: a directory of files, and hashes."""

    name = "pypiserver"
    path = "/simple/"
    fallback: ClassVar = ["--disable-fallback"]

    def command(self) -> list[str]:
        """Serve the tree."""
        program = find_program("pypi-server", "pypiserver")
        where = ["--interface=127.0.0.1", f"--port={self.port}"]
        return [program, "run", *where, *self.fallback, str(self.tree)]


class ForwardingPypiserver(Pypiserver):
    """pypiserver as it is by default: what it does not have, it sends people to PyPI for."""

    name = "pypiserver, forwarding"
    # In PyPI's place a name that leads nowhere, lest a test that fails asks PyPI.
    fallback: ClassVar = ["--fallback-url=http://pypi.invalid/simple/"]


class Simpleindex(Server):
    """simpleindex: routes, here one to a directory."""

    name = "simpleindex"
    path = "/simple/"

    def prepare(self) -> None:
        """Write its routes."""
        (self.directory / "simpleindex.toml").write_text(
            f"""
            [routes."simple/{{project}}"]
            source = "path"
            to = "{self.tree}/{{project}}"
            [server]
            host = "127.0.0.1"
            port = {self.port}
            """
        )

    def command(self) -> list[str]:
        """Serve the routes."""
        return [find_program("simpleindex", "simpleindex"), "simpleindex.toml"]


class SimpleRepositoryServer(Server):
    """simple-repository-server: a directory for each project, answered in JSON."""

    name = "simple-repository-server"
    path = "/simple/"

    def command(self) -> list[str]:
        """Serve the tree."""
        program = find_program("simple-repository-server", "simple-repository-server")
        return [program, "--host=127.0.0.1", f"--port={self.port}", str(self.tree)]


class DumbPypi(PythonListing):
    """dumb-pypi: static pages, written from a list of files, on any web server."""

    name = "dumb-pypi"
    path = "/simple/"

    @property
    def served(self) -> Path:
        """Where its pages are."""
        return self.directory / "pages"

    def prepare(self) -> None:
        """Copy the wheels and what stands beside them, and write the pages."""
        packages = self.served / "packages"
        packages.mkdir(parents=True)
        for wheel in wheels_in(self.tree):
            shutil.copy(wheel, packages)
            (packages / f"{wheel.name}.metadata").write_bytes(metadata_of(wheel))
        listed = [json.dumps(_dumb_pypi_entry(wheel)) for wheel in wheels_in(self.tree)]
        (self.directory / "packages.json").write_text("\n".join(listed))
        program = find_program("dumb-pypi", "dumb-pypi")
        subprocess.run(
            [
                program,
                f"--package-list-json={self.directory / 'packages.json'}",
                f"--output-dir={self.served}",
                "--packages-url=../../packages/",
            ],
            check=True,
            capture_output=True,
        )


SERVERS: tuple[type[Server], ...] = (
    Devpi,
    Pypiserver,
    Simpleindex,
    SimpleRepositoryServer,
    DumbPypi,
    StaticJson,
    PythonListing,
    NginxListing,
    ApacheListing,
)


def _upload_form(wheel: Path) -> dict[str, str]:
    _, version, _, _ = parse_wheel_filename(wheel.name)
    form = {
        ":action": "file_upload",
        "metadata_version": "2.1",
        "name": wheel.parent.name,
        "version": str(version),
        "filetype": "bdist_wheel",
        "pyversion": "py3",
    }
    needs = requires_python_of(wheel)
    return form | ({"requires_python": needs} if needs else {})


def _dumb_pypi_entry(wheel: Path) -> dict[str, object]:
    return {
        "filename": wheel.name,
        "hash": f"sha256={sha256_of(wheel)}",
        "requires_python": requires_python_of(wheel),
        "core_metadata": f"sha256={sha256(metadata_of(wheel)).hexdigest()}",
        "upload_timestamp": 1767225600,
    }
