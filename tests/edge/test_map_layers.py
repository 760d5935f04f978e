"""What a mapping file extends, and what is enforced beside it, on a real disk."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xpip.core.policy import RepositoryMap
from xpip.edge.config import DEFAULT_INDEX, Options, Settings, configure
from xpip.edge.config.layers import load_map
from xpip.errors import Reason, UsageError

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def project(home: Path) -> Path:
    """A directory of a checkout; nothing above it is looked at."""
    directory = home / "checkout"
    (directory / ".git").mkdir(parents=True)
    return directory


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def one(name: str, pattern: str, head: str = "") -> str:
    """A file with one repository and one rule."""
    return (
        f'{head}\n[repositories]\n{name} = ["https://{name}.example/"]\n'
        f'[[mapping]]\npaths = ["{pattern}"]\nrepositories = ["{name}"]\n'
    )


def enforced_by_user(home: Path, text: str = "") -> Path:
    text = text or one("corp", "acme", "enforced = true")
    return write(home / ".config/xpip/xpip.toml", text)


def load(
    project: Path, home: Path, option: str | None = None, no_map: bool = False
) -> RepositoryMap | None:
    return load_map(option, environ={"HOME": str(home)}, cwd=project, now=NOW, no_map=no_map)


def loaded(
    project: Path, home: Path, option: str | None = None, no_map: bool = False
) -> RepositoryMap:
    made = load(project, home, option, no_map=no_map)
    assert made is not None
    return made


def rules(made: RepositoryMap) -> list[str]:
    return [str(pattern) for rule in made.all_rules for pattern in rule.patterns]


def problem(project: Path, home: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load(project, home)
    assert caught.value.reference is Reason.MAP_INVALID
    return f"{caught.value.message} @ {' '.join(caught.value.context)}"


def test_map_extends_files_relative_to_its_own_place(project: Path, home: Path) -> None:
    """And those extend others, relative to theirs."""
    write(project / "xpip.toml", one("a", "a", 'extends = ["../org/xpip.toml"]'))
    write(home / "org/xpip.toml", one("b", "b", 'extends = ["deep/base.toml"]'))
    write(home / "org/deep/base.toml", one("c", "c"))
    assert rules(loaded(project, home)) == ["a", "b", "c"]


def test_map_extends_a_file_once_where_two_ways_lead_to_it(project: Path, home: Path) -> None:
    """A diamond is no cycle."""
    write(project / "xpip.toml", one("a", "a", 'extends = ["b.toml", "c.toml"]'))
    write(project / "b.toml", one("b", "b", 'extends = ["base.toml"]'))
    write(project / "c.toml", one("c", "c", 'extends = ["base.toml"]'))
    write(project / "base.toml", one("d", "d"))
    assert sorted(rules(loaded(project, home))) == ["a", "b", "c", "d"]


def test_map_that_extends_itself_is_an_error(project: Path, home: Path) -> None:
    """By whatever way around."""
    write(project / "xpip.toml", one("a", "a", 'extends = ["b.toml"]'))
    write(project / "b.toml", one("b", "b", 'extends = ["xpip.toml"]'))
    assert "extends[0]: comes back to xpip.toml @ b.toml" in problem(project, home)


def test_extended_file_that_is_not_there_is_an_error(project: Path, home: Path) -> None:
    """A missing security file must not read as an empty one."""
    write(project / "xpip.toml", one("a", "a", 'extends = ["gone.toml"]'))
    assert "No such file" in problem(project, home)


def test_extended_file_that_others_may_write_is_not_believed(project: Path, home: Path) -> None:
    """It decides as much as the file that extends it."""
    write(project / "xpip.toml", one("a", "a", 'extends = ["org.toml"]'))
    write(project / "org.toml", one("b", "b")).chmod(0o666)
    assert "every user of this machine may write it" in problem(project, home)


def test_file_that_a_checkout_extends_is_trusted_as_the_checkout_is(
    project: Path, home: Path
) -> None:
    """With names, not with secrets."""
    write(project / "xpip.toml", one("a", "a", 'extends = ["../org.toml"]'))
    write(home / "org.toml", one("b", "b"))
    assert all(group.discovered for group in loaded(project, home).groups)


def test_map_extends_a_url_whose_digest_it_gives(project: Path, home: Path) -> None:
    """The bytes are those that the author of the file saw."""
    raw = one("b", "b").encode()
    digest = hashlib.sha256(raw).hexdigest()
    head = f'extends = [{{url = "https://org.example/xpip.toml", sha256 = "{digest}"}}]'
    write(project / "xpip.toml", one("a", "a", head))
    made = load_map(None, environ={"HOME": str(home)}, cwd=project, now=NOW, download=lambda _: raw)
    assert made is not None
    assert rules(made) == ["a", "b"]


def test_url_that_holds_something_else_today_is_an_error(project: Path, home: Path) -> None:
    """Whoever changed it."""
    head = f'extends = [{{url = "https://org.example/xpip.toml", sha256 = "{"a" * 64}"}}]'
    write(project / "xpip.toml", one("a", "a", head))
    with pytest.raises(UsageError, match="has changed: its sha256 is"):
        load_map(
            None,
            environ={"HOME": str(home)},
            cwd=project,
            now=NOW,
            download=lambda _: b"schema = 1",
        )


def test_user_s_enforced_rules_come_before_the_project_s(project: Path, home: Path) -> None:
    """Whatever the checkout brings along."""
    enforced_by_user(home)
    write(project / "xpip.toml", one("x", "*"))
    made = loaded(project, home)
    assert [layer.source for layer in made.enforced] == [str(home / ".config/xpip/xpip.toml")]
    assert rules(made) == ["acme", "*"]


def test_enforced_rules_hold_under_a_map_of_the_user_s_choice(project: Path, home: Path) -> None:
    """The user's own, and those of the checkout that would be found otherwise."""
    enforced_by_user(home)
    write(project / "xpip.toml", one("x", "spam", "enforced = true"))
    write(project / "mine.toml", one("y", "*"))
    assert rules(loaded(project, home, "mine.toml")) == ["acme", "spam", "*"]


def test_enforced_rules_of_an_outer_directory_hold_in_an_inner_one(
    project: Path, home: Path
) -> None:
    """A file further down is the one in force, and shadows nothing that is enforced."""
    write(project / "xpip.toml", one("corp", "acme", "enforced = true"))
    inner = write(project / "sub/xpip.toml", one("evil", "*")).parent
    made = loaded(inner, home)
    assert rules(made) == ["acme", "*"]
    assert made.source == "xpip.toml"


def test_enforced_rules_hold_whichever_file_of_a_directory_has_them(
    project: Path, home: Path
) -> None:
    """Naming the other one leaves it in force."""
    text = one("corp", "acme", "enforced = true").replace("[[", "[[tool.xpip.map.")
    text = text.replace("[repo", "[tool.xpip.map.repo").replace(
        "enforced = true", "[tool.xpip.map]\nenforced = true"
    )
    write(project / "pyproject.toml", text)
    write(project / "xpip.toml", one("evil", "*"))
    assert rules(loaded(project, home, "xpip.toml")) == ["acme", "*"]


def test_enforced_rules_hold_where_no_map_is_wanted(project: Path, home: Path) -> None:
    """`--no-map` leaves everything else aside."""
    enforced_by_user(home)
    write(project / "xpip.toml", one("x", "spam"))
    made = loaded(project, home, no_map=True)
    assert (rules(made), made.open_groups) == (["acme"], ())


def test_nothing_is_in_force_where_nothing_is_enforced_and_no_map_is_wanted(
    project: Path, home: Path
) -> None:
    """Then every repository may speak for every name."""
    write(project / "xpip.toml", one("x", "spam"))
    assert load(project, home, no_map=True) is None


def test_user_s_file_that_is_enforced_as_a_whole_leaves_other_names_open(
    project: Path, home: Path
) -> None:
    """It speaks of its own names alone, whether a project has a file or not."""
    enforced_by_user(home)
    assert loaded(project, home).open_groups == ()


def test_user_s_file_with_other_rules_too_is_the_file_in_force(project: Path, home: Path) -> None:
    """Then names that no rule matches are refused, as under any mapping file."""
    enforced_by_user(home, one("corp", "acme") + "enforced = true\n")
    assert loaded(project, home).open_groups is None


def settings(project: Path, home: Path, **options: object) -> Settings:
    chosen = Options(**options)  # type: ignore[arg-type]
    return configure(chosen, environ={"HOME": str(home)}, cwd=project, now=NOW)


def test_repository_of_an_option_has_a_name_of_its_own_beside_those_of_a_file(
    project: Path, home: Path
) -> None:
    """What an organisation calls `pypi` is its own; the default is another repository."""
    enforced_by_user(home, one("pypi", "acme", "enforced = true"))
    made = settings(project, home)
    names = {group.canonical.url: group.name for group in made.policy.groups}
    assert names == {"https://pypi.example/": "pypi", DEFAULT_INDEX: DEFAULT_INDEX}


@pytest.mark.parametrize(
    "said",
    [
        'urls = ["https://x.example/", "https://evil.example/"]',
        'urls = ["https://x.example/"]\nabsent-status = [403, 404]',
        'urls = ["https://x.example/"]\nauth = "never"',
    ],
)
def test_checkout_does_not_say_how_the_repository_of_an_option_is_asked(
    project: Path, home: Path, said: str
) -> None:
    """Nor who else is; else a file that came with it would widen what the user chose."""
    rule = '[[mapping]]\npaths = ["acme"]\nrepositories = ["x"]\n'
    write(project / "xpip.toml", f"enforced = true\n[repositories.x]\n{said}\n{rule}")
    made = settings(project, home, no_map=True, index_url="https://x.example/")
    assert made.policy.map is not None
    assert made.policy.map.open_groups is not None
    (chosen,) = made.policy.map.open_groups
    assert not chosen.discovered
    assert made.policy.groups[-1] is chosen


def test_options_choose_repositories_for_names_that_are_not_enforced(
    project: Path, home: Path
) -> None:
    """One that the enforced file knows is the file's own, with all that it says of it."""
    enforced_by_user(home)
    made = settings(
        project,
        home,
        index_url="https://x.example/simple",
        extra_index_urls=("https://CORP.example",),
    )
    assert made.policy.map is not None
    opened = made.policy.map.open_groups
    assert opened is not None
    assert [group.name for group in opened] == ["x.example/simple", "corp"]


@pytest.mark.parametrize(
    "options",
    [
        {"unsafe_merge": ("acme",)},
        {
            "extra_index_urls": ("https://corp.example/",),
            "unsafe_skip_unavailable": ("https://corp.example/",),
        },
    ],
)
def test_option_that_would_loosen_an_enforced_rule_is_a_usage_error(
    options: dict[str, object], project: Path, home: Path
) -> None:
    """Who asks for it should know that it is not granted."""
    enforced_by_user(home)
    with pytest.raises(UsageError, match="would loosen a rule that is enforced"):
        settings(project, home, **options)


def test_no_map_says_which_rules_hold_all_the_same(project: Path, home: Path) -> None:
    """Else the user would wonder who routed the name."""
    enforced_by_user(home)
    notices = settings(project, home, no_map=True).notices
    assert [notice.code for notice in notices] == ["enforced-rules"]


DIGEST = "0" * 64


@pytest.mark.parametrize(
    "extension",
    [
        '"a\\u0000b"',
        '"loop.toml"',
        f'{{url = "https://[", sha256 = "{DIGEST}"}}',
        f'{{url = "https://h.example:99999/x", sha256 = "{DIGEST}"}}',
        f'{{url = "https://", sha256 = "{DIGEST}"}}',
    ],
)
def test_extension_that_is_no_place_is_refused(project: Path, home: Path, extension: str) -> None:
    """With the file that names it, not with a traceback."""
    (project / "loop.toml").symlink_to("loop.toml")
    write(project / "xpip.toml", f"extends = [{extension}]")
    assert problem(project, home)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX")
def test_extension_that_is_a_pipe_is_refused(project: Path, home: Path) -> None:
    """Opening it would wait for ever."""
    os.mkfifo(project / "pipe.toml")
    write(project / "xpip.toml", 'extends = ["pipe.toml"]')
    assert "extends[0]: is not a regular file" in problem(project, home)


def test_file_that_many_extend_is_read_once(project: Path, home: Path) -> None:
    """Two by two, thirty files would be read a thousand million times."""
    for number in range(30):
        below = f"{number + 1}.toml"
        write(project / f"{number}.toml", f'extends = ["{below}", "{below}"]')
    write(project / "30.toml", one("a", "a"))
    write(project / "xpip.toml", 'extends = ["0.toml", "30.toml"]')
    assert rules(loaded(project, home)) == ["a"]


def test_extensions_have_an_end(project: Path, home: Path) -> None:
    """A chain of files too long to follow is refused, and says where."""
    for number in range(50):
        write(project / f"{number}.toml", f'extends = ["{number + 1}.toml"]')
    write(project / "50.toml", "")
    write(project / "xpip.toml", 'extends = ["0.toml"]')
    assert "is more than 32 files deep" in problem(project, home)
