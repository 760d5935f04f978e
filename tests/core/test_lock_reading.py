"""What a lock file may say, and what becomes of what it may not."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import tomlkit
from tests.support.locks import PLACE, REMOTE, lock_of, locked_wheel

from xpip.core.lockfile.reading import Lock, LockSource, read_lock
from xpip.errors import Reason, UsageError, XpipError


def read(document: dict[str, Any] | bytes, source: LockSource = PLACE) -> Lock:
    raw = document if isinstance(document, bytes) else tomlkit.dumps(document).encode()
    return read_lock(raw, source, trusted_hosts=["trusted.example"])


def refusal(document: dict[str, Any] | bytes, source: LockSource = PLACE) -> XpipError:
    with pytest.raises(UsageError) as caught:
        read(document, source)
    return caught.value


def with_wheel(**changes: Any) -> dict[str, Any]:
    """A lock of one wheel, with these keys of it changed; None takes a key away."""
    wheel = {**locked_wheel("spam", "1.0"), **changes}
    kept = {key: value for key, value in wheel.items() if value is not None}
    return lock_of({"name": "spam", "version": "1.0", "wheels": [kept]})


def test_reading_takes_a_whole_lock_without_a_word() -> None:
    """What the standard has is read, and nothing is said about it."""
    lock = read(with_wheel())

    assert [package.name for package in lock.pylock.packages] == ["spam"]
    assert lock.notices == ()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"size": -1}, "packages[0].wheels[0].size"),
        ({"size": 1 << 62}, "packages[0].wheels[0].size"),
        ({"hashes": {"sha256": "f00"}}, "packages[0].wheels[0].hashes.sha256"),
        ({"hashes": {"sha512": "x" * 128}}, "packages[0].wheels[0].hashes.sha512"),
        ({"hashes": {}}, "packages[0].wheels[0].hashes"),
        ({"url": "ftp://files.example/spam-1.0-py3-none-any.whl"}, "packages[0].wheels[0].url"),
        ({"url": "https:///spam-1.0-py3-none-any.whl"}, "packages[0].wheels[0].url"),
        ({"url": "https://[x/spam-1.0-py3-none-any.whl"}, ""),
        ({"path": "a\0/spam-1.0-py3-none-any.whl"}, "packages[0].wheels[0].path"),
        ({"name": "eggs-1.0-py3-none-any.whl"}, "packages[0].wheels[0]"),
    ],
)
def test_reading_names_the_key_path_of_what_is_wrong_with_a_file(
    changes: dict[str, Any], place: str
) -> None:
    """Sizes, digests, URLs and paths that can be none: exit 2, and where they stand."""
    error = refusal(with_wheel(**changes))

    assert error.reference is Reason.LOCK_INVALID
    assert any(line.startswith(f"{PLACE.shown}: {place}") for line in error.context) or not place


def test_reading_takes_times_in_utc_only() -> None:
    """PEP 751: a time without a zone would be another moment on each machine."""
    noon = datetime(2026, 1, 31, 12, 0)  # noqa: DTZ001 - that is what is refused

    for time_of_day in (noon, noon.replace(tzinfo=timezone(timedelta(hours=1)))):
        error = refusal(with_wheel(**{"upload-time": time_of_day}))
        assert error.context == (f"{PLACE.shown}: packages[0].wheels[0].upload-time",)
    assert read(with_wheel(**{"upload-time": noon.replace(tzinfo=UTC)})).notices == ()


def test_reading_never_repeats_a_login_that_stands_in_a_url() -> None:
    """A login in a lock is refused, and no word of it is printed."""
    error = refusal(with_wheel(url="https://me:hunter2@files.example/spam-1.0-py3-none-any.whl"))

    assert error.reference is Reason.LOCK_INVALID
    assert "hunter2" not in str([error.message, error.context, error.hint])


def test_reading_refuses_plain_http_beyond_this_machine_and_trusted_hosts() -> None:
    """As for repositories: anyone on the way could say what the lock says."""
    error = refusal(with_wheel(url="http://files.example/spam-1.0-py3-none-any.whl"))

    assert error.reference is Reason.INSECURE_REPOSITORY
    for host in ("trusted.example", "127.0.0.1:8080", "localhost"):
        read(with_wheel(url=f"http://{host}/spam-1.0-py3-none-any.whl"))


def test_reading_says_which_hashes_prove_nothing() -> None:
    """A misspelt or weak algorithm beside a good one is left out, and said."""
    good = locked_wheel("spam", "1.0")["hashes"]

    lock = read(with_wheel(hashes={**good, "md5": "f" * 32, "sha_256": "x"}))

    (notice,) = lock.notices
    assert notice.code == "lock-hashes"
    assert "md5" in notice.text
    assert "sha_256" in notice.text


def test_reading_says_which_keys_mean_nothing() -> None:
    """A misspelt key may have been meant to limit something: it is named, with its path."""
    document = with_wheel(hahses={"sha256": "f" * 64})
    document["packages"][0]["markre"] = "python_version > '4'"
    document["tool"] = {"anything": {"goes": 1}}

    (notice,) = read(document).notices

    assert notice.code == "lock-keys"
    assert "packages[0].markre" in notice.text
    assert "packages[0].wheels.hahses" in notice.text
    assert "tool" not in notice.text


def test_reading_leaves_out_wheels_that_a_later_standard_names() -> None:
    """PEP 825: one variant wheel does not make the whole lock unreadable."""
    document = with_wheel()
    variant = locked_wheel("spam", "1.0")
    variant["name"] = "spam-1.0-py3-none-any-x86_64_v3-more.whl"
    document["packages"][0]["wheels"].append(variant)

    lock = read(document)

    assert lock.pylock.packages[0].wheels is not None
    assert len(lock.pylock.packages[0].wheels) == 1
    assert [notice.code for notice in lock.notices] == ["lock-wheels"]


def test_reading_goes_on_with_a_later_minor_version(capfd: pytest.CaptureFixture[str]) -> None:
    """PEP 751: it is said once, by xpip alone, and the known part is read."""
    lock = read({**with_wheel(), "lock-version": "1.7"})

    assert [notice.code for notice in lock.notices] == ["lock-newer"]
    assert capfd.readouterr().err == ""


def test_reading_ends_at_a_later_major_version() -> None:
    """What it means is not known at all."""
    error = refusal({**with_wheel(), "lock-version": "2.0"})

    assert error.context == (f"{PLACE.shown}: lock-version",)


def test_reading_refuses_the_legacy_extra_marker() -> None:
    """PEP 751 forbids `extra == 'x'`; it would otherwise be an unknown name deep inside."""
    document = with_wheel()
    document["packages"][0]["marker"] = "extra == 'meat' or sys_platform == 'extra'"

    error = refusal(document)

    assert error.context == (f"{PLACE.shown}: packages[0].marker",)
    assert "extra ==" in error.message
    document["packages"][0]["marker"] = "'extra' in extras or sys_platform == 'extra'"
    read(document)


@pytest.mark.parametrize("group", ["", "a group", "-x", "x\n"])
def test_reading_refuses_names_that_no_group_can_have(group: str) -> None:
    """PEP 735: they are names as projects have them."""
    document = {**with_wheel(), "extras": [], "dependency-groups": [group]}

    assert refusal(document).context == (f"{PLACE.shown}: dependency-groups[0]",)


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "../spam-1.0-py3-none-any.whl", "a/../../spam-1.0-py3-none-any.whl"),
        *("file:///spam-1.0-py3-none-any.whl", "//evil.example/spam-1.0-py3-none-any.whl"),
        *("C:\\spam-1.0-py3-none-any.whl", "..\\spam-1.0-py3-none-any.whl"),
        *("https://evil.example/spam-1.0-py3-none-any.whl", "~/spam-1.0-py3-none-any.whl"),
    ],
)
def test_reading_keeps_paths_of_a_remote_lock_below_its_own_directory(path: str) -> None:
    """A lock of the network reaches neither this machine's disk nor another host by a path."""
    document = with_wheel(url=None, path=path, name="spam-1.0-py3-none-any.whl")

    error = refusal(document, REMOTE)

    assert error.context == (f"{REMOTE.shown}: packages[0].wheels[0].path",)
    read(with_wheel(url=None, path="files/spam-1.0-py3-none-any.whl"), REMOTE)


def test_reading_lets_a_remote_lock_name_nothing_on_this_machine() -> None:
    """Neither as a directory nor by a `file:` URL."""
    directory = lock_of({"name": "spam", "directory": {"path": "spam"}})

    assert refusal(directory, REMOTE).reference is Reason.LOCK_INVALID
    url = "file:///spam-1.0-py3-none-any.whl"
    assert refusal(with_wheel(url=url), REMOTE).reference is Reason.LOCK_INVALID
    read(directory)
    read(with_wheel(url=url))


@pytest.mark.parametrize("subdirectory", ["/x", "..", "a/../../b", "..\\x", "C:x", "a\nb"])
def test_reading_keeps_subdirectories_within_their_root(subdirectory: str) -> None:
    """Of a checkout, an archive or a directory, whoever wrote the lock."""
    document = lock_of(
        {"name": "spam", "directory": {"path": "spam", "subdirectory": subdirectory}}
    )

    assert refusal(document).context == (f"{PLACE.shown}: packages[0].directory.subdirectory",)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        b"a = " + b"[" * 100_000,
        b"a = " + b"{b=" * 100_000,
        b"a." * 2_000_000 + b"a = 1",
        (b"[" + b"a." * 100_000 + b"a]\n") + b"b = 1\n",
        b"x = " + b"9" * 5_000_000,
        b'lock-version = "' + b"9" * 100_000 + b'"\ncreated-by = "x"\npackages = []',
        b'lock-version = "1.0"\ncreated-by = "x"\npackages = [{name="a", marker="'
        + b"(" * 100_000
        + b'"}]',
        b" " * (33 << 20),
        b'lock-version = "1.0"\ncreated-by = "x"\npackages = [{name="a", wheels=[{name="a-1-'
        + b"py3." * 5_000
        + b'-none-any.whl", url="https://a.example", hashes={sha256="0"}}]}]',
    ],
    ids=range(11),
)
def test_reading_ends_soon_on_what_was_made_to_take_long(raw: bytes) -> None:
    """Nesting, dots, digits, size, tags: refused in seconds, whatever the file holds."""
    begun = time.monotonic()

    error = refusal(raw)

    assert error.reference is Reason.LOCK_INVALID
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/a b/spam-1.0-py2-none-any.whl",
        "https://files.example/\x7f/spam-1.0-py2-none-any.whl",
        f"https://files.example/{'a' * 8000}/spam-1.0-py2-none-any.whl",
        "https://me:pw@files.example/spam-1.0-py2-none-any.whl",
        "https://files.example@other.example:x/spam-1.0-py2-none-any.whl",
        "http://files.example/spam-1.0-py2-none-any.whl",
    ],
)
def test_address_is_held_to_its_rules_when_another_of_its_host_was_fine(url: str) -> None:
    """What was seen of a host says nothing of what follows it, nor of another way to it."""
    wheels = [locked_wheel("spam", "1.0"), {**locked_wheel("spam", "1.0", "py2-none-any")}]
    wheels[1]["url"] = url
    lock = lock_of({"name": "spam", "version": "1.0", "wheels": wheels})
    assert "packages[0].wheels[1].url" in "".join(refusal(lock).context)
