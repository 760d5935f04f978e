"""Web servers that know nothing of packages, as people use them to hand out wheels."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from packaging.utils import parse_wheel_filename

from tests.support.running import Server, find_program
from tests.support.wheels import metadata_of


class PythonListing(Server):
    """`python -m http.server`: listings of directories."""

    name = "http.server"

    @property
    def served(self) -> Path:
        """The directory that is the server's root."""
        return self.tree

    def command(self) -> list[str]:
        """Serve the directory."""
        module = [sys.executable, "-m", "http.server", "--bind=127.0.0.1"]
        return [*module, f"--directory={self.served}", str(self.port)]


class NginxListing(Server):
    """nginx with `autoindex on`."""

    name = "nginx autoindex"
    location = "autoindex on;"

    @property
    def served(self) -> Path:
        """The directory that is the server's root."""
        return self.tree

    def prepare(self) -> None:
        """Write a configuration that keeps all it writes in its own directory."""
        own = self.directory
        bodies = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{each}_temp_path {own / each};" for each in bodies)
        (own / "nginx.conf").write_text(
            f"""
            daemon off; master_process off; pid {own / "pid"}; error_log stderr;
            events {{}}
            http {{
                access_log off; {temporary}
                types {{ text/html html; application/vnd.pypi.simple.v1+json json; }}
                server {{
                    listen 127.0.0.1:{self.port};
                    root {self.served};
                    location / {{ {self.location} }}
                }}
            }}
            """
        )

    def command(self) -> list[str]:
        """Serve the directory."""
        program = find_program("nginx", "nginx")
        return [program, "-c", str(self.directory / "nginx.conf")]


class LockedNginxListing(NginxListing):
    """nginx, for those who have a password."""

    name = "nginx autoindex, locked"
    login: ClassVar = ("bob", "s3cret")

    def prepare(self) -> None:
        """Write the password beside the configuration."""
        (self.directory / "passwords").write_text("{}:{{PLAIN}}{}\n".format(*self.login))
        self.location = (
            f'autoindex on; auth_basic "corp"; auth_basic_user_file {self.directory}/passwords;'
        )
        super().prepare()


class StaticJson(NginxListing):
    """Files `NAME/index.json`, with the media type of PEP 691, on nginx."""

    name = "static JSON"
    path = "/simple/"
    location = "index index.json;"

    @property
    def served(self) -> Path:
        """Where its pages are."""
        return self.directory / "pages"

    def prepare(self) -> None:
        """Write a page for each project, with all that PEP 700 asks for."""
        shutil.copytree(self.tree, self.served / "files")
        for project in self.tree.iterdir():
            page = self.served / "simple" / project.name / "index.json"
            page.parent.mkdir(parents=True)
            page.write_text(json.dumps(_json_page(project)))
        super().prepare()


class ApacheListing(Server):
    """Apache with `Options Indexes`, and the looks that Debian gives its listings."""

    name = "Apache autoindex"
    _MODULES: ClassVar = ("mpm_event", "authz_core", "dir", "autoindex")

    def prepare(self) -> None:
        """Write a configuration that keeps all it writes in its own directory."""
        home = "/usr/lib/apache2/modules"
        load = [f"LoadModule {each}_module {home}/mod_{each}.so" for each in self._MODULES]
        (self.directory / "apache.conf").write_text(
            "\n".join(
                [
                    f"ServerRoot {self.directory}",
                    "ServerName 127.0.0.1",
                    f"Listen 127.0.0.1:{self.port}",
                    f"PidFile {self.directory / 'pid'}",
                    f"DefaultRuntimeDir {self.directory}",
                    "ErrorLog /dev/stderr",
                    *load,
                    # Whom it becomes if root starts it: it will not serve as root.
                    "User #65534",
                    "Group #65534",
                    f"DocumentRoot {self.tree}",
                    "IndexOptions FancyIndexing VersionSort HTMLTable NameWidth=*",
                    f"<Directory {self.tree}>",
                    "Options Indexes",
                    "Require all granted",
                    "</Directory>",
                ]
            )
        )

    def command(self) -> list[str]:
        """Serve the tree."""
        program = find_program("apache2", "apache2-bin")
        return [program, "-f", str(self.directory / "apache.conf"), "-DFOREGROUND"]


def wheels_in(tree: Path) -> Iterator[Path]:
    """Every wheel of every project."""
    yield from sorted(tree.glob("*/*.whl"))


def sha256_of(wheel: Path) -> str:
    """A file's hash, as pages give it."""
    return sha256(wheel.read_bytes()).hexdigest()


def requires_python_of(wheel: Path) -> str | None:
    """The field of its METADATA, if it is there."""
    lines = metadata_of(wheel).decode().splitlines()
    found = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Python: ")]
    return found[0] if found else None


def _json_page(project: Path) -> dict[str, object]:
    return {
        "meta": {"api-version": "1.1"},
        "name": project.name,
        "versions": [str(parse_wheel_filename(each.name)[1]) for each in project.iterdir()],
        "files": [
            {
                "filename": wheel.name,
                "url": f"../../files/{project.name}/{wheel.name.replace('+', '%2B')}",
                "hashes": {"sha256": sha256_of(wheel)},
                "requires-python": requires_python_of(wheel),
                "size": wheel.stat().st_size,
                "upload-time": "2026-01-01T00:00:00Z",
            }
            for wheel in sorted(project.iterdir())
        ],
    }
