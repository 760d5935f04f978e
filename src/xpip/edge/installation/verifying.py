"""Are the files of an installed distribution those that its RECORD lists? Changes nothing."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator

from xpip.core.defects import Defect, DefectCode, defect
from xpip.core.facts import InstalledDistribution
from xpip.core.hashes import hash_in_record
from xpip.edge.installation.owning import Ownership, recorded_rows


def file_defects(distribution: InstalledDistribution, ownership: Ownership) -> Iterator[Defect]:
    """Every file that is missing, changed, or not the distribution's to claim.

    Cached bytecode is left aside: interpreters write and remove it as they like.
    """
    site = os.path.dirname(distribution.location)
    try:
        rows = list(recorded_rows(distribution.location))
    except (OSError, ValueError, csv.Error):
        text = f"nobody knows its files: it has no RECORD in {distribution.location}"
        yield defect(distribution, DefectCode.NO_RECORD, text)
        return
    for path, hashed in rows:
        claimed = os.path.normpath(os.path.join(site, path))
        real = ownership.resolve(os.path.join(site, path))
        if real is None:
            text = f"its RECORD claims what is no distribution's: {claimed}"
            yield defect(distribution, DefectCode.FOREIGN_PATH, text, claimed)
        elif not path.endswith(".pyc"):
            problem = _problem(real, hashed)
            if problem is not None:
                yield defect(distribution, problem[0], f"{problem[1]}: {claimed}", claimed)


def _problem(path: str, hashed: str) -> tuple[DefectCode, str] | None:
    """What is wrong with a file; RECORD may give no hash for it."""
    if not os.path.isfile(path):
        return DefectCode.MISSING_FILE, "a file is missing"
    algorithm, _, digest = hashed.partition("=")
    if not digest:
        return None
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, algorithm).digest()
    except OSError as error:
        return DefectCode.UNVERIFIED_FILE, f"a file cannot be read ({error.strerror})"
    except (ValueError, TypeError):
        return DefectCode.UNVERIFIED_FILE, "RECORD gives a hash of an unknown kind"
    if hash_in_record(algorithm, found) != hashed.rstrip("="):
        return DefectCode.CHANGED_FILE, "a file was changed"
    return None
