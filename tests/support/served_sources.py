"""Source distributions that build themselves, listed by a repository."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.support.sources import BACKEND, pack_tree, write_tree
from tests.support.world import RepositoryDouble

CRASHES = {"fails": "no compiler here"}
"""What has `tiny_backend` give up."""


def make_source(
    directory: Path, name: str, version: str, *, static: Sequence[str] | None = None, **tree: Any
) -> Path:
    """Write a source distribution.

    Args:
        static: lines of a PKG-INFO that promises its metadata (PEP 643); else a build has to tell.
        tree: options of `write_tree`.
    """
    if static is not None:
        fields = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}", *static, ""]
        tree["files"] = {"PKG-INFO": "\n".join(fields), **tree.get("files", {})}
    directory.mkdir(parents=True, exist_ok=True)
    made = write_tree(Path(mkdtemp(dir=directory)), name, version, **tree)
    return pack_tree(made, directory, name, version)


def serve_source(
    repository: RepositoryDouble, directory: Path, name: str, version: str, **options: Any
) -> Path:
    """Write a source distribution (see `make_source`) and list it (see `serve_file`)."""
    listed = {
        key: options.pop(key)
        for key in ("hashes", "upload_time", "yanked", "requires_python")
        if key in options
    }
    path = make_source(directory, name, version, **options)
    return repository.serve_file(name, version, path, **listed)


def serve_backend(repository: RepositoryDouble, name: str = "tiny", version: str = "1.0") -> Path:
    """List a wheel of the backend that trees name in `built_with`."""
    return repository.serve(name, version, files={"tiny.py": BACKEND})
