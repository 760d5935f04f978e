"""Requirements files that name others."""

from __future__ import annotations

import pytest

from xpip.core.declarations import Place
from xpip.core.requirements_file import RequirementsFile, read_requirements
from xpip.errors import UsageError


class Files:
    """Files by location, with a log of what was asked for."""

    def __init__(self, contents: dict[str, str]) -> None:
        self.contents = contents
        self.asked: list[tuple[str, str]] = []

    def __call__(self, location: str, *, named_at: Place | None) -> bytes:
        self.asked.append((location, str(named_at)))
        return self.contents[location].encode()

    def read(self, top: str, *, is_constraint: bool = False) -> RequirementsFile:
        return read_requirements(
            top,
            read=self,
            directory="/project",
            variables={"HOME": "/home/me"},
            is_constraint=is_constraint,
        )

    def refusal(self, top: str) -> UsageError:
        with pytest.raises(UsageError) as caught:
            self.read(top)
        return caught.value


def projects(found: RequirementsFile) -> list[str]:
    return [f"{each.wanted} {each.declared_at}" for each in found.declared]


def test_named_file_is_read_in_its_place() -> None:
    """`-r` and its long form; relative to the file that names it."""
    files = Files(
        {
            "reqs/dev.txt": "spam\n-r base.txt\n--requirement=../more.txt\nham",
            "reqs/base.txt": "eggs",
            "more.txt": "bacon",
        }
    )
    assert projects(files.read("reqs/dev.txt")) == [
        "spam reqs/dev.txt:1",
        "eggs reqs/base.txt:1",
        "bacon more.txt:1",
        "ham reqs/dev.txt:4",
    ]
    assert files.asked[1] == ("reqs/base.txt", "reqs/dev.txt:2")


@pytest.mark.parametrize(
    ("base", "reference", "location"),
    [
        ("reqs/dev.txt", "/srv/base.txt", "/srv/base.txt"),
        ("reqs/dev.txt", "file:///srv/my%20base.txt", "/srv/my base.txt"),
        ("reqs/dev.txt", "'my base.txt'", "reqs/my base.txt"),
        ("reqs/dev.txt", "https://files.example/r.txt", "https://files.example/r.txt"),
        ("https://files.example/a/r.txt", "../b.txt", "https://files.example/b.txt"),
        ("https://files.example/a/r.txt", "/b.txt", "https://files.example/b.txt"),
        ("https://me:pw@files.example/r.txt", "b.txt", "https://me:pw@files.example/b.txt"),
        ("./reqs/../dev.txt", "base.txt", "base.txt"),
        ("/srv/dev.txt", "${HOME}/base.txt", "/home/me/base.txt"),
    ],
)
def test_named_file_is_found_from_the_file_that_names_it(
    base: str, reference: str, location: str
) -> None:
    """Paths and URLs, as pip joins them."""
    top = {"./reqs/../dev.txt": "dev.txt"}.get(base, base)
    files = Files({top: f"-r {reference}", location: "spam"})
    assert len(files.read(base).declared) == 1


def test_file_that_constraints_name_constrains_too() -> None:
    """`-c` within `-c`, and within `-r`."""
    files = Files({"a.txt": "-c b.txt\nspam", "b.txt": "-c c.txt\neggs<2", "c.txt": "ham<3"})
    found = files.read("a.txt")
    assert [str(each.wanted) for each in found.constraints] == ["ham<3", "eggs<2"]
    assert [str(each.wanted) for each in found.requirements] == ["spam"]


def test_file_is_read_once_when_it_is_named_twice() -> None:
    """Its requirements come twice, as in pip: it may be constraints the second time."""
    files = Files({"a.txt": "-r b.txt\n-c b.txt", "b.txt": "spam"})
    found = files.read("a.txt")
    assert [each.is_constraint for each in found.declared] == [False, True]
    assert len(files.asked) == 2
    assert [file.name for file in found.files] == ["a.txt", "b.txt"]


def test_file_is_refused_when_it_leads_back_to_itself() -> None:
    """The chain is shown, innermost first."""
    files = Files({"a.txt": "\n-r b.txt", "b.txt": "-r sub/c.txt", "sub/c.txt": "-c ../a.txt"})
    error = files.refusal("a.txt")
    assert error.message == "sub/c.txt:1: a.txt leads back to itself"
    assert error.context == (
        "-c ../a.txt",
        "b.txt:1 names this file",
        "a.txt:2 names this file",
    )


def test_files_are_refused_when_their_chain_does_not_end() -> None:
    """A server can always name one more."""

    def more(location: str, *, named_at: Place | None) -> bytes:
        return f"-r {location}x".encode()

    with pytest.raises(UsageError, match="too many"):
        read_requirements("a", read=more, directory="/project", variables={})


def test_files_are_refused_when_they_double_at_each_step() -> None:
    """Thirty files that each name the next one twice would be read a thousand million times."""
    contents = {f"{number}.txt": f"-r {number + 1}.txt\n" * 2 for number in range(30)}
    error = Files({**contents, "30.txt": "spam"}).refusal("0.txt")
    assert "too many" in error.message


@pytest.mark.parametrize("option", ["-i https://a.example/", "--no-index", "-f wheels"])
@pytest.mark.parametrize("named", ["b.txt", "https://files.example/b.txt"])
def test_repository_option_is_refused_when_another_file_names_its_own(
    option: str, named: str
) -> None:
    """Semantics 3.4: only a local file that the user names says who may be asked."""
    error = Files({"a.txt": f"-r {named}", named: f"spam\n{option}"}).refusal("a.txt")
    assert error.message.startswith(f"{named}:2: ")
    assert "counts only in a local file" in error.message
    assert error.hint is not None
    assert "a.txt" in error.hint


def test_repository_option_is_refused_when_its_file_comes_over_the_network() -> None:
    """Even if the user names the file: its server may say other things tomorrow."""
    top = "https://files.example/r.txt"
    assert "counts only" in Files({top: "-i https://a.example/"}).refusal(top).message


def test_other_options_count_in_every_file() -> None:
    """They say nothing of where names come from."""
    found = Files({"a.txt": "-r b.txt", "b.txt": "--pre"}).read("a.txt")
    assert [str(each) for each in found.options] == ["--pre"]


def test_variables_are_refused_when_the_file_comes_over_the_network() -> None:
    """Its server could have any of them put into a URL of its own."""
    top = "https://files.example/r.txt"
    error = Files({top: "spam @ https://files.example/${HOME}"}).refusal(top)
    assert "may not read your variables" in error.message


def test_local_file_is_refused_when_one_of_the_network_names_it() -> None:
    """It would be told to a stranger where the user keeps his files."""
    top = "https://files.example/r.txt"
    error = Files({top: "-r file:///etc/passwd"}).refusal(top)
    assert "may not name one of this machine" in error.message


def test_place_tells_whether_the_user_named_the_file_himself() -> None:
    """Semantics 6.4: only there do direct references count without more ado."""
    url = "https://files.example/r.txt"
    found = Files(
        {"a.txt": f"spam\n-r {url}", url: "eggs\n-r b.txt", "https://files.example/b.txt": "ham"}
    )
    places = [each.declared_at for each in found.read("a.txt").declared]
    assert [place.is_own for place in places] == [True, False, False]
    assert [place.is_remote for place in places] == [False, True, True]
    assert [str(place) for place in places[2].chain] == [
        "https://files.example/b.txt:1",
        f"{url}:2",
        "a.txt:2",
    ]


def test_place_hides_the_login_of_its_url() -> None:
    """A URL of a requirements file may have one, and messages show the file."""
    top = "https://me:hunter2@files.example/r.txt"
    found = Files({top: "spam"}).read(top)
    assert found.declared[0].declared_at.file == "https://files.example/r.txt"
    assert "hunter2" not in repr(found)
