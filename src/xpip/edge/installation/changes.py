"""Files out of an environment and into it, so that all of it can be put back.

Writes each step into a journal before it is taken. May not know what a wheel is, nor why a
distribution goes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from xpip.core.facts import InstalledDistribution
from xpip.edge.installation.journal import Bounds, Journal, Recovery, put_away, put_back
from xpip.edge.installation.owning import OWN_FILES, Ownership
from xpip.errors import InstallationError, Reason


@contextmanager
def environment_lock(
    prefix: str,
    *,
    scheme: Mapping[str, str] | None = None,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Recovery, ...]]:
    """Have the environment to oneself, with the work of a run that was killed undone first.

    Take it before reading what is installed. It is not reentrant. `prefix` is made if it is not
    there; `on_wait` is called once if another run has it. Yields what became of killed runs. What
    lies neither below `prefix` nor below the scheme's directories is not touched.

    Raises:
        InstallationError: `disk`.
    """
    from filelock import FileLock, Timeout

    with _disk_errors():
        os.makedirs(prefix, exist_ok=True)
        lock = FileLock(os.path.join(prefix, f"{OWN_FILES}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            lock.acquire()
    try:
        with _disk_errors():
            recovered = _clean_up_after_killed_runs(
                prefix, Bounds((prefix, *(scheme or {}).values()))
            )
        yield recovered
    finally:
        lock.release()


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

    with _disk_errors():
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
    """One change of an environment; `staging` is a directory yet to be made, on its file system."""

    def __init__(self, prefix: str, work: str, scheme: Mapping[str, str]) -> None:
        super().__init__(prefix, scheme)
        self._work = work
        self.staging = os.path.join(work, "staging")
        self._stash = os.path.join(work, "stash")
        os.mkdir(self._stash)
        self._bounds = Bounds((prefix, *scheme.values()))
        self._journal = Journal(work)
        self._new: dict[str, bool] = {}
        self._taken = 0

    def take_out(self, files: Sequence[str]) -> None:
        """Put files where they can be fetched back, and do away with emptied directories."""
        for path in files:
            self._journal.move(path, os.path.join(self._stash, str(self._taken)))
            self._taken += 1
        for directory in sorted(set(map(os.path.dirname, files)), key=len, reverse=True):
            self._remove_if_empty(directory)

    def put_in(self, staged: str, real: str) -> None:
        """Move a staged file to its real path; refuse (`file-collision`) to take another's."""
        directory = os.path.dirname(real)
        if not self._make_directory(directory) and os.path.lexists(real):
            raise _in_the_way(real)
        self._journal.move(staged, real)

    def commit(self) -> None:
        """Nothing will be undone from here on: the new name of the directory says so."""
        self._journal.close()
        put_away(self._work, Recovery.DONE)

    def undo(self) -> None:
        """Put everything back, unless it is committed; what fails is left to the next run."""
        self._journal.close()
        put_back(self._work, self._bounds)

    def _remove_if_empty(self, directory: str) -> None:
        kept = [os.path.join(root, "") for root in self._roots.values()]
        # One below it may have taken it along.
        while os.path.isdir(directory) and not os.listdir(directory):
            if any(root.startswith(os.path.join(directory, "")) for root in kept):
                return
            self._journal.remove_directory(directory)
            directory = os.path.dirname(directory)

    def _make_directory(self, directory: str) -> bool:
        """Whether the directory is new, and so has nothing in it but what was put in."""
        new = self._new.get(directory)
        if new is None:
            new = self._new[directory] = not os.path.isdir(directory)
            if new:
                self._make_directory(os.path.dirname(directory))
                if os.path.lexists(directory):
                    raise _in_the_way(directory)
                self._journal.make_directory(directory)
        return new


def _clean_up_after_killed_runs(prefix: str, bounds: Bounds) -> tuple[Recovery, ...]:
    with os.scandir(prefix) as entries:
        found = [entry for entry in entries if entry.name.startswith(f"{OWN_FILES}-")]
    return tuple(
        _recover(entry.path, entry.name, bounds)
        for entry in found
        if entry.is_dir(follow_symlinks=False)
    )


def _recover(work: str, name: str, bounds: Bounds) -> Recovery:
    # A random name has no second hyphen.
    state = name.split("-")[1]
    if state in set(Recovery):
        shutil.rmtree(work, ignore_errors=True)
        return Recovery(state)
    put_back(work, bounds)
    return Recovery.UNDONE


def _in_the_way(path: str) -> InstallationError:
    message = f"{path} stands where a file or directory must go"
    return InstallationError(message, reference=Reason.FILE_COLLISION)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InstallationError(
            f"the environment cannot be changed: {error.strerror or error}",
            context=[str(name) for name in (error.filename, error.filename2) if name],
            reference=Reason.DISK,
        ) from error
