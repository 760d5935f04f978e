"""The exceptions of xpip, their exit codes and their reason codes.

    XpipError
    ├── ResolutionError      exit 1   no set of files satisfies the request
    ├── UsageError           exit 2   the request or a file of yours is wrong
    ├── PolicyError          exit 3   refused by policy; must not be retried
    ├── AvailabilityError    exit 4   a repository gave no usable answer; may be retried
    ├── InstallationError    exit 5   the installation failed and was undone
    └── SeveralErrors        the first of 2, 3, 4, 1 among its members

An error carries data and four texts. It prints nothing and ends nothing: only the command
line does. Expected outcomes inside the core are values; `operations` raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """What the exit status of every xpip command means."""

    DONE = 0
    UNRESOLVED = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    INSTALLATION = 5
    BUG = 70
    INTERRUPTED = 130


class Reason(StrEnum):
    """Stable reason codes: an anchor each in `xpip help errors`."""

    NOT_FOUND = "not-found"
    NO_CANDIDATE = "no-candidate"
    RESOLUTION_CONFLICT = "resolution-conflict"
    LOCK_OUTDATED = "lock-outdated"

    USAGE = "usage"
    MAP_INVALID = "map-invalid"
    REQUIREMENTS_INVALID = "requirements-invalid"
    LOCK_INVALID = "lock-invalid"
    NO_ENVIRONMENT = "no-environment"
    EXTERNALLY_MANAGED = "externally-managed"
    INSECURE_REPOSITORY = "insecure-repository"

    COLLISION = "collision"
    NO_RULE = "no-rule"
    DENIED = "denied"
    QUARANTINED = "quarantined"
    REDIRECT_FOREIGN = "redirect-foreign"
    FILE_HOST_FOREIGN = "file-host-foreign"
    HASH_MISMATCH = "hash-mismatch"
    HASH_CONFLICT = "hash-conflict"
    HASH_MISSING = "hash-missing"
    THRESHOLD = "threshold"
    IDENTITY = "identity"
    COOLDOWN = "cooldown"
    NO_UPLOAD_TIME = "no-upload-time"
    ORIGIN_CHANGED = "origin-changed"
    LOCK_ORIGIN_MISMATCH = "lock-origin-mismatch"
    DIRECT_DENIED = "direct-denied"
    METADATA_CHANGED = "metadata-changed"

    UNREACHABLE = "unreachable"
    HTTP_STATUS = "http-status"
    AUTH_REQUIRED = "auth-required"
    AUTH_FAILED = "auth-failed"
    NOT_AN_INDEX = "not-an-index"
    API_VERSION = "api-version"
    OFFLINE = "offline"
    LIMIT = "limit"

    WHEEL_INVALID = "wheel-invalid"
    BUILD_FAILED = "build-failed"
    FILE_COLLISION = "file-collision"
    UNREMOVABLE = "unremovable"
    DISK = "disk"


class XpipError(Exception):
    """Whatever ends a run, except a bug.

    Attributes:
        message: what happened, one sentence.
        context: where: a URL, a file and line, a rule; one line each.
        hint: what to do next, only where it is likely to work.
        reference: the reason code.
        data: the same as values, for `--json`.
        notices: codes and texts of what else was to be said by then.
    """

    exit_code: ExitCode = ExitCode.BUG

    def __init__(
        self,
        message: str,
        *,
        reference: Reason,
        context: Sequence[str] = (),
        hint: str | None = None,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.context = tuple(context)
        self.hint = hint
        self.reference = reference
        self.data = dict(data or {})
        self.notices: tuple[tuple[str, str], ...] = ()


class ResolutionError(XpipError):
    """No set of files satisfies the request."""

    exit_code = ExitCode.UNRESOLVED


class UsageError(XpipError):
    """The request, or a file of the user's, is wrong."""

    exit_code = ExitCode.USAGE


class PolicyError(XpipError):
    """Refused by policy: a script must not retry past it."""

    exit_code = ExitCode.REFUSED


class AvailabilityError(XpipError):
    """A repository gave no usable answer. Never read as absence."""

    exit_code = ExitCode.UNAVAILABLE


class InstallationError(XpipError):
    """The installation failed and was undone."""

    exit_code = ExitCode.INSTALLATION


_PRECEDENCE = (PolicyError, AvailabilityError, ResolutionError)


class SeveralErrors(XpipError):
    """Several things went wrong in one run; all are reported."""

    def __init__(self, errors: Sequence[XpipError]) -> None:
        each = (member for error in errors for member in _members(error))
        self.errors = tuple(sorted(each, key=_rank))
        first = self.errors[0]
        super().__init__(
            first.message, reference=first.reference, context=first.context, hint=first.hint
        )
        self.exit_code = first.exit_code


def _members(error: XpipError) -> tuple[XpipError, ...]:
    return error.errors if isinstance(error, SeveralErrors) else (error,)


def _rank(error: XpipError) -> int:
    """Order in which several errors decide the exit code: 2, then 3, 4, 1."""
    for rank, branch in enumerate(_PRECEDENCE, start=1):
        if isinstance(error, branch):
            return rank
    # An installation that failed says less than why it should not have been tried.
    return len(_PRECEDENCE) + 1 if isinstance(error, InstallationError) else 0


_REFUSALS = frozenset(
    {
        Reason.COLLISION,
        Reason.QUARANTINED,
        Reason.REDIRECT_FOREIGN,
        Reason.FILE_HOST_FOREIGN,
        Reason.DIRECT_DENIED,
        Reason.HASH_MISMATCH,
        Reason.HASH_CONFLICT,
        Reason.IDENTITY,
        Reason.METADATA_CHANGED,
    }
)


def branch_for(reference: Reason) -> type[XpipError]:
    """The branch an unusable answer of a repository belongs to: refused, or unavailable."""
    return PolicyError if reference in _REFUSALS else AvailabilityError
