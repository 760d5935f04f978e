"""A static index on disk: where its pages, files and metadata lie, and how a page is written.

Below the root: `simple/NAME/index.json` and `files/NAME/FILE` are served as they are;
`upstream/NAME.json` is the page that PyPI gave.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

PAGE_TYPE = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, slots=True)
class Mirror:
    """The directory of an index."""

    root: Path

    def upstream(self, project: str) -> Path:
        """The page of a project as PyPI gave it."""
        return self.root / "upstream" / f"{project}.json"

    def page(self, project: str) -> Path:
        """The page of a project as it is served."""
        return self.root / "simple" / project / "index.json"

    def file(self, project: str, filename: str) -> Path:
        """A file of a project, or its metadata."""
        return self.root / "files" / project / filename

    def settle(self, *, as_of: str) -> int:
        """Write every page for which there is one of PyPI's; how many."""
        pages = sorted(self.root.glob("upstream/*.json"))
        for path in pages:
            page = self.rewritten(json.loads(path.read_bytes()), path.stem, as_of=as_of)
            write(self.page(path.stem), json.dumps(page, separators=(",", ":")).encode())
        return len(pages)

    def rewritten(self, page: dict[str, Any], project: str, *, as_of: str) -> dict[str, Any]:
        """PyPI's page as it was then, with files of this index and hashes of their metadata."""
        old = [each for each in page["files"] if each.get("upload-time", "") <= as_of]
        return page | {"files": [self._rewritten(each, project) for each in old]}

    def _rewritten(self, file: dict[str, Any], project: str) -> dict[str, Any]:
        filename = file["filename"]
        written = file | {"url": f"../../files/{project}/{quote(filename)}"}
        if filename.endswith(".whl"):
            written["core-metadata"] = {"sha256": self._metadata_hash(file, project)}
        return written

    def _metadata_hash(self, file: dict[str, Any], project: str) -> str:
        path = self.file(project, file["filename"] + ".metadata")
        if path.exists():
            return sha256(path.read_bytes()).hexdigest()
        # No tool asked for this one. Pages shall be as long as PyPI's, so another hash stands in.
        return str(file["hashes"]["sha256"])


def write(path: Path, data: bytes) -> Path:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)  # noqa: PTH105 - one call, one file, whatever was there
    return path
