"""Files out of an environment and into it, so that all of it can be put back.

Writes each step into a journal before it is taken. May not know what a wheel is, nor why a
distribution goes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from xpip.core.facts import InstalledDistribution
from xpip.edge.installation.holding import disk_errors
from xpip.edge.installation.journal import Bounds, Journal, Recovery, put_away, put_back
from xpip.edge.installation.own_files import OWN_FILES
from xpip.edge.installation.owning import Ownership
from xpip.errors import InstallationError, Reason


@contextmanager
def environment_change(prefix: str, *, scheme: Mapping[str, str]) -> Iterator[EnvironmentChange]:
    """Change the environment as a whole: at the end of the block, or not at all.

    Hold `environment_lock` meanwhile. Whatever exception leaves the block, KeyboardInterrupt
    included, first puts everything back. `prefix` lies on the file system of the scheme's
    directories: purelib, platlib, scripts, data, headers.

    Raises:
        InstallationError: `disk`, where the operating system refuses.
    """
    import tempfile

    with disk_errors():
        work = tempfile.mkdtemp(prefix=f"{OWN_FILES}-", dir=prefix)
        change = EnvironmentChange(prefix, work, scheme)
        try:
            yield change
            change.commit()
        except BaseException:
            change.undo()
            raise


def remove_distributions(
    distributions: Sequence[InstalledDistribution], *, prefix: str, scheme: Mapping[str, str]
) -> None:
    """Uninstall these, all or none; hold `environment_lock` meanwhile.

    Raises:
        InstallationError: `disk`, or `unremovable` as in `Ownership.files_of`.
    """
    with environment_change(prefix, scheme=scheme) as change:
        change.take_out(change.files_of(distributions))


class EnvironmentChange(Ownership):
    """One change of an environment.

    Attributes:
        staging: a directory yet to be made on its file system. What lies in it at the path of a
            real directory is to be in that.
        unpacked: another one, for what is to be staged.
    """

    def __init__(self, prefix: str, work: str, scheme: Mapping[str, str]) -> None:
        super().__init__(prefix, scheme)
        self._work = work
        self.staging = os.path.join(work, "staging")
        self.unpacked = os.path.join(work, "unpacked")
        self._stash = os.path.join(work, "stash")
        os.mkdir(self._stash)
        self._bounds = Bounds((prefix, *scheme.values()))
        self._journal = Journal(work)
        self._taken = 0
        self._kept = frozenset(_with_all_above(self._prefix, *self._roots.values()))

    def take_out(self, files: Sequence[str]) -> None:
        """Put files where they can be fetched back, and do away with emptied directories."""
        moves = []
        for path in self._wholes(files):
            moves.append((path, os.path.join(self._stash, str(self._taken))))
            self._taken += 1
        self._journal.move_all(moves)
        emptied = {os.path.dirname(path) for path, _ in moves}
        for directory in sorted(emptied, key=len, reverse=True):
            self._remove_if_empty(directory)

    def put_in(self) -> None:
        """Move in what is staged, as a whole what is new as a whole.

        Raises:
            InstallationError: `file-collision`: something stands where it must go.
        """
        top = os.path.splitdrive(self._prefix)[0] + os.sep
        self._journal.move_all(list(_moves(self.staging, top)))

    def commit(self) -> None:
        """Nothing will be undone from here on: the new name of the directory says so."""
        self._journal.close()
        put_away(self._work, Recovery.DONE)

    def undo(self) -> None:
        """Put everything back, unless it is committed; what fails is left to the next run."""
        self._journal.close()
        put_back(self._work, self._bounds)

    def _remove_if_empty(self, directory: str) -> None:
        # One below it may have taken it along.
        while os.path.isdir(directory) and not os.listdir(directory):
            if directory in self._kept:
                return
            self._journal.remove_directory(directory)
            directory = os.path.dirname(directory)

    def _wholes(self, files: Sequence[str]) -> tuple[str, ...]:
        """The same, but a directory in place of all that is in it, where all of that goes."""
        leaving: dict[str, set[str]] = {}
        for path in files:
            directory, name = os.path.split(path)
            leaving.setdefault(directory, set()).add(name)
        above = set(leaving)
        for directory in leaving:
            while (directory := os.path.dirname(directory)) not in above | self._kept:
                above.add(directory)
        whole: dict[str, bool] = {}
        # What is below has the longer path, and is decided first.
        for directory in sorted(above - self._kept, key=len, reverse=True):
            whole[directory] = _nothing_stays(directory, leaving.get(directory, ()), whole)
        going = [
            directory
            for directory, is_whole in whole.items()
            if is_whole and not whole.get(os.path.dirname(directory), False)
        ]
        return (*going, *(path for path in files if not whole.get(os.path.dirname(path), False)))


def _nothing_stays(directory: str, leaving: Collection[str], whole: Mapping[str, bool]) -> bool:
    with os.scandir(directory) as entries:
        return all(
            entry.name in leaving
            or (entry.is_dir(follow_symlinks=False) and whole.get(entry.path, False))
            for entry in entries
        )


def _moves(staged: str, real: str) -> Iterator[tuple[str, str]]:
    """How a staged directory is merged into a real one, by as few moves as will do."""
    with os.scandir(staged) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = os.path.join(real, entry.name)
        if not os.path.lexists(path):
            yield entry.path, path
        elif entry.is_dir(follow_symlinks=False) and _is_directory(path):
            yield from _moves(entry.path, path)
        else:
            raise in_the_way(path)


def _with_all_above(*directories: str) -> Iterator[str]:
    for directory in directories:
        above = directory
        while above != os.path.dirname(above):
            yield above
            above = os.path.dirname(above)


def _is_directory(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def in_the_way(path: str) -> InstallationError:
    """The error of a place that is taken."""
    message = f"{path} stands where a file or directory must go"
    return InstallationError(message, reference=Reason.FILE_COLLISION)
