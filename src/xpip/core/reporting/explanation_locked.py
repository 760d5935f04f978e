"""What a lock says of a project → its own lines, words and values in an explanation.

A lock says which file, so where other explanations tell who was asked, this one tells who was not.
"""

from __future__ import annotations

from collections.abc import Iterator

from xpip.core.explaining import Locked
from xpip.core.urls import redacted
from xpip.errors import ExitCode


def without_file(locked: Locked) -> str:
    """The rest of a headline where no file is chosen: a place, or why nothing is taken."""
    if locked.error is not None:
        refused = locked.error.exit_code == ExitCode.REFUSED
        return f": {'refused' if refused else 'no file will do'} [{locked.error.reference.value}]"
    version = f" {locked.version}" if locked.version else ""
    return f"{version} from a place that the lock names"


def entry_lines(locked: Locked) -> Iterator[str]:
    """Where the lock says it, and what it says of origins."""
    yield locked.place
    if locked.reference is not None:
        yield str(locked.reference)
    elif locked.index is not None:
        yield f"index {redacted(locked.index)}"
    else:
        yield "it names no index"


def asked_lines(locked: Locked) -> Iterator[str]:
    """Why there are no answers to tell."""
    if locked.reference is not None:
        yield "nobody: the lock says which place"
        return
    yield "nobody: the lock says which file"
    if locked.asks_page:
        yield "an installation asks its page too: its rule wants to know what no lock can say"


def tomorrow_lines(locked: Locked) -> Iterator[str]:
    """What repositories could still change: nothing, where a hash says which file."""
    if locked.error is None and locked.file is not None:
        yield "nothing to replay: whatever repositories list, no other file of it is taken"


def locked_remark(locked: Locked) -> str:
    """The worst that there is to say of it; the error itself follows the table."""
    if locked.error is not None:
        return f"refused [{locked.error.reference.value}]"
    return locked.unproven or ""


def locked_data(locked: Locked) -> dict[str, object]:
    """What the lock says, as values."""
    file, error = locked.file, locked.error
    return {
        "entry": locked.place,
        "version": str(locked.version) if locked.version else None,
        "index": redacted(locked.index) if locked.index else None,
        "file": file.filename if file else None,
        "url": redacted(file.url) if file else None,
        "hashes": dict(file.hashes) if file else {},
        "place": str(locked.reference) if locked.reference else None,
        "unproven": locked.unproven,
        "asks_page": locked.asks_page,
        "refused": {"reason": error.reference.value, "message": error.message} if error else None,
    }
