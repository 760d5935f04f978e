"""What commands that propose a mapping file share: it must load, and may be written."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.mapping_file import MapSource, parse_map
from xpip.core.policy import RepositoryMap
from xpip.edge.new_file import write_new
from xpip.operations.surroundings import Surroundings

_VARIABLE = re.compile(r"\$\{(XPIP_MAP_[A-Z0-9_]+)\}")


class Proposed(Struct, frozen=True, kw_only=True):
    """A mapping file, proposed.

    Attributes:
        text: the file.
        unsaid: what it does not say, or says more of than was asked.
        read: what it was made from.
        written: where it was written, if it was.
    """

    text: str
    unsaid: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    written: str | None = None


def load_text(text: str, around: Surroundings) -> RepositoryMap:
    """Load a proposal as an installation here would; its variables may still have to be set.

    Raises:
        UsageError: `map-invalid`.
    """
    unset = dict.fromkeys(_VARIABLE.findall(text), "unset")
    source = MapSource(path="xpip.toml", directory=around.cwd.as_posix(), discovered=True)
    variables = {**unset, **around.environ}
    return parse_map(text.encode(), source, variables=variables, now=around.now)


def write_proposal(
    proposed: Proposed, output: str | None, around: Surroundings, *, force: bool
) -> Proposed:
    """The proposal, written where it was asked for.

    Raises:
        UsageError: something is there already, or it cannot be written.
    """
    if output is None:
        return proposed
    write_new(around.cwd / output, proposed.text, force=force)
    return replace(proposed, written=output)
