"""`xpip map import`: read other tools' settings, draft a map, be sure that it loads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.map_drafts.drafting import draft_of
from xpip.core.map_drafts.drafts import MapDraft, write_draft
from xpip.edge.config.repositories import DEFAULT_INDEX
from xpip.edge.foreign_settings.finding import read_settings
from xpip.edge.foreign_settings.places import Setting
from xpip.edge.new_file import check_free
from xpip.errors import Reason, UsageError
from xpip.operations.maps.proposing import Proposed, load_text, write_proposal
from xpip.operations.surroundings import Surroundings


class Importing(Struct, frozen=True, kw_only=True):
    """What `xpip map import` was told.

    Attributes:
        chosen: tools or files; none for whatever is found.
        output: the file to write; None for none.
    """

    chosen: tuple[str, ...] = ()
    output: str | None = None
    force: bool = False


def import_map(told: Importing, around: Surroundings) -> Proposed:
    """Turn what other tools were told about indexes into a mapping file.

    Raises:
        UsageError: nothing is found, a file cannot be read, or the output is there already.
    """
    if told.output is not None:
        check_free(around.cwd / told.output, force=told.force)
    setting = Setting(environ=around.environ, cwd=around.cwd, public=DEFAULT_INDEX)
    readings = [each for each in read_settings(told.chosen, setting) if each.says_something]
    if not readings:
        raise _nothing(told.chosen)
    read = tuple(dict.fromkeys(name for each in readings for name in each.files))
    draft = _relocated(draft_of(readings, head=_head(read)), told, around)
    text = write_draft(draft)
    load_text(text, around)
    return write_proposal(
        Proposed(text=text, unsaid=draft.unsaid, read=read), told.output, around, force=told.force
    )


def _head(read: Sequence[str]) -> tuple[str, ...]:
    return (
        f"Made by `xpip map import` from {', '.join(read)}: read it before you trust it.",
        (
            "The first rule that matches a name decides, and the name is sent nowhere else; a name"
            " that no rule matches is refused (`xpip help mapping-file`)."
        ),
    )


def _relocated(draft: MapDraft, told: Importing, around: Surroundings) -> MapDraft:
    """Directories in the draft start here; where the file lies elsewhere, they are absolute."""
    if told.output is None or Path(around.cwd / told.output).absolute().parent == around.cwd:
        return draft
    return replace(
        draft,
        repositories=tuple(
            replace(each, url=(around.cwd / each.url).as_posix())
            if each.url.startswith("./")
            else each
            for each in draft.repositories
        ),
    )


def _nothing(chosen: Sequence[str]) -> UsageError:
    where = ", ".join(chosen) or "the working directory, pip's configuration and the variables"
    return UsageError(
        "No settings about indexes were found: these tools ask PyPI alone",
        reference=Reason.USAGE,
        context=[f"looked at {where}"],
        hint="`xpip map init` writes a first mapping file.",
    )
