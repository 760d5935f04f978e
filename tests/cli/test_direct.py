"""Places named in place of projects: who may name one, what it is held to, what is said of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.projects import sha256
from tests.support.served_sources import CRASHES, make_source, serve_source
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.sources import BACKEND, commit_tree, write_tree
from tests.support.wheels import build_wheel
from tests.support.world import World

ENFORCED = "enforced = true\n"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Spam 1.0, at a place of its own."""
    return build_wheel(tmp_path / "place", "spam", "1.0")


# Who may name a place


@pytest.mark.parametrize("nested", [False, True])
def test_place_is_taken_when_a_local_file_names_it(
    environment: Environment, project: Path, xpip: Xpip, wheel: Path, nested: bool
) -> None:
    """6.4: a file of this machine is the user's own word, however he came to it."""
    (project / "places.txt").write_text(f"{wheel}\n")
    (project / "all.txt").write_text("-r places.txt\n")

    ended = xpip("install", "--no-index", "-r", "all.txt" if nested else "places.txt")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0"}


def test_place_is_refused_when_a_file_of_the_network_names_it(
    environment: Environment, xpip: Xpip, wheel: Path
) -> None:
    """Whoever runs that server would decide what runs here."""
    with serving({"/all.txt": f"spam @ {wheel.as_uri()}\n".encode()}) as server:
        ended = xpip("install", "--json", "--no-index", "-r", f"{server.origin}/all.txt")

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert "came over the network" in ended.stdout
    assert environment.installed() == {}


def test_place_is_refused_when_metadata_names_it(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """No repository vouches for it; and nobody is asked for its name instead."""
    corp = world.repository("corp")
    corp.serve("eggs", "1.0")
    url = f"{corp.origin}/corp/files/eggs/eggs-1.0-py3-none-any.whl"
    corp.serve("spam", "1.0", requires=[f"eggs @ {url}"])

    refused = xpip("install", "--json", "-i", corp.url, "spam")
    asked = corp.projects_asked()
    allowed = xpip("install", "-i", corp.url, "--allow-direct", "eggs", "spam")

    assert (refused.exit_code, refused.reasons) == (3, ["direct-denied"])
    assert "--allow-direct eggs" in refused.data["errors"][0]["hint"]
    assert asked == ["spam"]
    assert allowed.exit_code == 0, allowed.stderr
    assert environment.installed() == {"eggs": "1.0", "spam": "1.0"}


def test_disk_is_out_of_reach_when_metadata_of_the_network_names_it(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """As for links of a remote page: whoever wrote it does not know this machine."""
    corp = world.repository("corp")
    eggs = build_wheel(tmp_path, "eggs", "1.0")
    corp.serve("spam", "1.0", requires=[f"eggs @ {eggs.as_uri()}"])

    ended = xpip("install", "--json", "-i", corp.url, "--allow-direct", ":all:", "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert "this machine" in ended.data["errors"][0]["hint"]


def test_place_is_taken_when_the_user_s_own_project_names_it(
    environment: Environment, project: Path, xpip: Xpip, wheel: Path
) -> None:
    """6.4: the project's own table is the user's word as well."""
    write_tree(project / "app", "app", "1.0", requires=[f"spam @ {wheel.as_uri()}"])

    ended = xpip("install", "--no-index", "./app")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"app": "1.0", "spam": "1.0"}


def test_build_requirement_from_a_url_is_taken_when_it_is_allowed(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """`--allow-direct` speaks of what builds need, too."""
    corp = world.repository("corp")
    tiny = world.repository("elsewhere").serve("tiny", "1.0", files={"tiny.py": BACKEND})
    url = f"{world.repository('elsewhere').origin}/elsewhere/files/tiny/{tiny.name}"
    serve_source(corp, tmp_path, "spam", "1.0", built_with=[f"tiny @ {url}"])

    ended = xpip("install", "-i", corp.url, "--allow-direct", "tiny", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert corp.projects_asked() == ["spam"]
    assert environment.installed() == {"spam": "1.0"}


# What an enforced map says


@pytest.mark.parametrize(
    ("says", "done"),
    [
        ("", False),
        ('direct = "allow"', True),
        ('direct = "allow"\nhashes = "required"', False),
        ('direct = "allow"\nsdist = "deny"', True),
    ],
)
def test_enforced_rule_decides_whether_a_place_is_taken(
    environment: Environment, project: Path, xpip: Xpip, wheel: Path, says: str, done: bool
) -> None:
    """6.4: by default none; what a rule demands of files holds for such a file as well."""
    write_rule(project, says)

    ended = xpip("install", "--json", wheel)

    assert (ended.exit_code == 0) == done, ended.stdout
    if not done:
        assert ended.reasons == ["direct-denied"]
        assert "enforced" in ended.stdout


def test_enforced_rule_is_met_by_a_hash_behind_the_url(
    environment: Environment, project: Path, xpip: Xpip, wheel: Path
) -> None:
    """It says what must come, whoever hands it out."""
    write_rule(project, 'direct = "allow"\nhashes = "required"')
    digest = sha256(wheel.read_bytes())["sha256"]

    ended = xpip("install", f"{wheel}#sha256={digest}")

    assert ended.exit_code == 0, ended.stderr


def test_enforced_identity_is_not_dodged_by_a_place(
    environment: Environment, project: Path, xpip: Xpip, wheel: Path
) -> None:
    """Attestations come with a page, and a place has none: it fails closed."""
    identity = 'identity = {kind = "GitHub", repository = "a/b", workflow = "c.yml"}'
    write_rule(project, f'direct = "allow"\n{identity}')

    ended = xpip("install", "--json", wheel)

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert "demands who published it" in ended.stdout


@pytest.mark.parametrize("kind", ["sdist", "directory", "git"])
def test_sources_are_not_built_when_an_enforced_rule_denies_the_place(
    environment: Environment, project: Path, xpip: Xpip, tmp_path: Path, kind: str
) -> None:
    """A build runs its authors' code: what the sources call themselves is read before."""
    write_rule(project, "")
    place = tmp_path / "spam"
    write_tree(place, "spam", "1.0", tiny=CRASHES)
    commit_tree(place, "v1.0")
    places = {
        "sdist": str(make_source(tmp_path, "spam", "1.0", tiny=CRASHES)),
        "directory": str(place),
        "git": f"git+{place.as_uri()}",
    }

    ended = xpip("install", "--json", places[kind])

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])


def test_sources_without_a_name_are_not_built_under_an_enforced_map(
    environment: Environment, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """Only their own code could tell it; the user can."""
    write_rule(project, "")
    (tmp_path / "spam").mkdir()
    (tmp_path / "spam" / "setup.py").write_text("raise SystemExit('it ran')")

    ended = xpip("install", "--json", tmp_path / "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert "NAME @" in ended.data["errors"][0]["hint"]


def test_allowed_metadata_does_not_loosen_an_enforced_rule(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """2.4: it holds under every option."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    url = f"{corp.origin}/corp/files/spam/spam-1.0-py3-none-any.whl"
    corp.serve("ham", "1.0", requires=[f"spam @ {url}"])
    write_rule(project, "", url=corp.url, rest="corp")

    ended = xpip("install", "--json", "--allow-direct", ":all:", "ham")

    assert (ended.exit_code, ended.reasons) == (3, ["direct-denied"])
    assert environment.installed() == {}


# What is asked, and of whom


def test_nobody_is_asked_for_a_name_that_the_user_takes_from_a_place(
    world: World, environment: Environment, xpip: Xpip, wheel: Path
) -> None:
    """Also where another project needs it by name, and where its own newer release is offered."""
    corp = world.repository("corp")
    corp.serve("ham", "1.0", requires=["spam>=0.5"])
    corp.serve("spam", "9.0")

    ended = xpip("install", "-i", corp.url, wheel, "ham")

    assert ended.exit_code == 0, ended.stderr
    assert corp.projects_asked() == ["ham"]
    assert environment.installed() == {"ham": "1.0", "spam": "1.0"}


def test_conflict_names_the_place_and_what_needs_another_version(
    world: World, environment: Environment, xpip: Xpip, wheel: Path
) -> None:
    """Both sides of it, with their versions."""
    corp = world.repository("corp")
    corp.serve("ham", "1.0", requires=["spam>=2"])

    ended = xpip("install", "-i", corp.url, wheel, "ham")

    assert ended.exit_code == 1
    assert "ham 1.0 needs spam >=2" in ended.stderr
    assert f"{wheel.as_uri()}" in ended.stderr
    assert corp.projects_asked() == ["ham"]


def test_project_is_not_taken_from_two_places(
    environment: Environment, xpip: Xpip, wheel: Path, tmp_path: Path
) -> None:
    """Both are named; neither is preferred."""
    other = build_wheel(tmp_path / "other", "spam", "1.0")

    ended = xpip("install", "--json", "--no-index", wheel, other)

    assert (ended.exit_code, ended.reasons) == (2, ["requirements-invalid"])
    assert wheel.as_uri() in ended.stdout
    assert other.as_uri() in ended.stdout


def test_two_projects_that_name_two_places_conflict(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Each place is named, since the versions may well be the same."""
    corp = world.repository("corp")
    for name in ("one", "two"):
        world.repository(name).serve("eggs", "1.0")
        url = f"{world.repository(name).origin}/{name}/files/eggs/eggs-1.0-py3-none-any.whl"
        corp.serve(f"needs-{name}", "1.0", requires=[f"eggs @ {url}"])

    ended = xpip("install", "-i", corp.url, "--allow-direct", "eggs", "needs-one", "needs-two")

    assert ended.exit_code == 1
    for name in ("one", "two"):
        origin = world.repository(name).origin
        assert f"needs-{name} 1.0 needs eggs @ {origin}" in ended.stderr


def test_same_place_is_checked_again_when_another_hash_is_given_for_it(
    environment: Environment, project: Path, xpip: Xpip, wheel: Path
) -> None:
    """It is fetched once, and has to have them all."""
    digest = sha256(wheel.read_bytes())["sha256"]
    (project / "all.txt").write_text(
        f"{wheel} --hash=sha256:{digest}\n{wheel} --hash=sha256:{'0' * 64}\n"
    )

    ended = xpip("install", "--json", "--no-index", "-r", "all.txt")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])


# How it comes


@pytest.mark.parametrize(
    "place", ["http://h.example/s-1-py3-none-any.whl", "git+git://h.example/s"]
)
def test_place_is_refused_when_anyone_on_the_way_could_change_it(
    environment: Environment, xpip: Xpip, place: str
) -> None:
    """4.4: as for repositories."""
    ended = xpip("install", "--json", "--no-index", place)

    assert (ended.exit_code, ended.reasons) == (2, ["insecure-repository"])
    assert "--trusted-host h.example" in ended.data["errors"][0]["hint"]


def test_place_without_encryption_is_asked_when_its_host_is_trusted(
    environment: Environment, project: Path, xpip: Xpip
) -> None:
    """`--trusted-host`, on the command line or in a file."""
    (project / "all.txt").write_text("--trusted-host h.invalid\ns @ http://h.invalid/s-1.tar.gz\n")

    ended = xpip("install", "--json", "--no-index", "--retries", "0", "-r", "all.txt")

    assert (ended.exit_code, ended.reasons) == (4, ["unreachable"])


def test_login_of_a_place_goes_there_alone_and_is_never_shown(
    environment: Environment, xpip: Xpip, wheel: Path, tmp_path: Path
) -> None:
    """Redirected to another host, the request goes without; and no record or report has it."""
    seen: list[tuple[str, str | None]] = []

    def storage(incoming: Incoming) -> Response:
        seen.append(("storage", incoming.headers.get("authorization")))
        return Response(body=wheel.read_bytes())

    with LoopbackServer(storage) as elsewhere:

        def first(incoming: Incoming) -> Response:
            login = incoming.headers.get("authorization")
            seen.append(("place", login))
            if login is None:
                return Response(status=401, headers={"WWW-Authenticate": "Basic"})
            return Response(status=302, headers={"Location": f"{elsewhere.origin}/x?sig=tomato"})

        with LoopbackServer(first) as server:
            secret = server.origin.replace("//", "//ada:mushroom@")
            place = f"{secret}/{wheel.name}?token=pepper"
            report = tmp_path / "report.json"
            ended = xpip("install", "-v", "--no-index", "--report", report, place)
            again = xpip("install", "--json", "--force-reinstall", "--no-index", place)

    assert ended.exit_code == again.exit_code == 0, ended.stderr
    login = "Basic " + base64.b64encode(b"ada:mushroom").decode()
    assert ("place", login) in seen
    assert {sent for where, sent in seen if where == "storage"} == {None}
    (record,) = environment.site_packages.glob("spam-*/direct_url.json")
    said = ended.stdout + ended.stderr + again.stdout + report.read_text() + record.read_text()
    for secret in ("mushroom", "pepper", "tomato"):
        assert secret not in said


def test_login_of_a_place_is_not_shown_when_it_fails(environment: Environment, xpip: Xpip) -> None:
    """Nor in what is said of a refusal."""
    with LoopbackServer(lambda _: Response(status=403)) as server:
        secret = server.origin.replace("//", "//ada:mushroom@")
        ended = xpip("install", "-v", "--no-index", f"{secret}/spam-1.0.tar.gz?token=pepper")

    assert ended.exit_code == 4
    assert "mushroom" not in ended.stdout + ended.stderr
    assert "pepper" not in ended.stdout + ended.stderr


def test_wheel_of_a_place_is_refused_when_its_hash_is_another(
    environment: Environment, xpip: Xpip, wheel: Path
) -> None:
    """`#sha256=` behind the URL."""
    ended = xpip("install", "--json", "--no-index", f"{wheel}#sha256={'0' * 64}")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])


def test_place_is_refused_when_it_is_of_another_project(
    environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """`eggs @` means eggs."""
    made = make_source(tmp_path, "spam", "1.0")

    ended = xpip("install", "--no-index", f"eggs @ {made.as_uri()}")

    assert ended.exit_code != 0
    assert "spam" in ended.stderr
    assert environment.installed() == {}


def test_subdirectory_and_linked_directory_are_taken(
    environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """`#subdirectory=` of a checkout, and a path that is a link."""
    tree = tmp_path / "tree"
    write_tree(tree / "inner", "spam", "1.0")
    write_tree(tree / "other", "eggs", "1.0")
    commit_tree(tree, "v1.0")
    (tmp_path / "link").symlink_to(tree / "other")

    git = f"git+{tree.as_uri()}#subdirectory=inner"
    ended = xpip("install", "--json", "--dry-run", "--no-index", git, tmp_path / "link")

    assert [each["name"] for each in ended.data["changed"]] == ["eggs", "spam"]


# What is said of it


def test_report_tells_a_place_as_pip_does(
    environment: Environment, xpip: Xpip, tmp_path: Path, wheel: Path
) -> None:
    """PEP 610's words: archive, directory, commit; and `is_direct`."""
    tree = write_tree(tmp_path / "eggs", "eggs", "1.0")

    ended = xpip("install", "--no-index", "--report", "-", wheel, "-e", tree)

    assert ended.exit_code == 0, ended.stderr
    eggs, spam = ended.data["install"]
    assert eggs["is_direct"] is spam["is_direct"] is True
    assert eggs["download_info"] == {"url": tree.as_uri(), "dir_info": {"editable": True}}
    hashes = sha256(wheel.read_bytes())
    assert spam["download_info"]["url"] == wheel.as_uri()
    assert spam["download_info"]["archive_info"]["hashes"] == hashes


def test_report_tells_the_commit_of_a_place(
    environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """A branch moves; the commit is what was taken."""
    tree = write_tree(tmp_path / "eggs", "eggs", "1.0")
    commit_tree(tree, "v1.0")

    ended = xpip("install", "--no-index", "--report", "-", "--dry-run", f"git+{tree.as_uri()}@v1.0")

    (eggs,) = ended.data["install"]
    assert eggs["download_info"]["url"] == tree.as_uri()
    assert eggs["download_info"]["vcs_info"]["requested_revision"] == "v1.0"
    assert len(eggs["download_info"]["vcs_info"]["commit_id"]) == 40


def test_install_says_which_place_a_project_is_from(
    world: World, environment: Environment, xpip: Xpip, wheel: Path
) -> None:
    """Where the others are from a repository."""
    corp = world.repository("corp")
    corp.serve("ham", "1.0")

    alone = xpip("install", "--dry-run", "--no-index", wheel)
    both = xpip("install", "--dry-run", "-i", corp.url, wheel, "ham")

    assert alone.stderr.splitlines()[-1] == "Would install 1 project."
    assert alone.stdout == f"+ spam 1.0  from {wheel.as_uri()}\n"
    assert f"+ spam 1.0  from {wheel.as_uri()}\n" in both.stdout


def write_rule(
    project: Path, says: str, *, url: str = "http://127.0.0.1:1/simple/", rest: str = ""
) -> None:
    """Write an xpip.toml that is enforced, with one rule for spam."""
    lines = [ENFORCED, "[repositories]", f'corp = ["{url}"]']
    lines += ["[[mapping]]", 'paths = ["spam"]', 'repositories = ["corp"]', says]
    if rest:
        lines += ["[[mapping]]", 'paths = ["*"]', f'repositories = ["{rest}"]', 'direct = "allow"']
    (project / "xpip.toml").write_text("\n".join(lines))


def serving(files: dict[str, bytes]) -> LoopbackServer:
    """A web server with these files."""

    def answer(incoming: Incoming) -> Response:
        found = files.get(incoming.path)
        return Response(status=404) if found is None else Response(body=found)

    return LoopbackServer(answer)
