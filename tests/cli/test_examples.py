"""The mapping files of examples/: they are what the help shows, and do what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent

import pytest
from tests.support.command import Ended, Environment
from tests.support.examples import ALL, copy_example, text_of, write
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble, World

Xpip = Callable[..., Ended]

LONG_AGO, JUST_NOW = "2020-01-31T12:00:00Z", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def pypi(world: World) -> RepositoryDouble:
    """A copy of PyPI, where strangers have registered whatever they like."""
    double = world.repository("pypi")
    for name in ("acme", "acme-app", "acme-lib", "acme-billing", "billing-core", "left-pad"):
        double.serve(name, "99.0", upload_time=LONG_AGO)
    return double


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A company's repository, which hands nothing to strangers."""
    double = world.repository("corp")
    double.serve("acme-app", "1.0", requires=["acme-lib", "billing-core", "requests"])
    double.serve("acme-lib", "1.0")
    double.serve("billing-core", "1.0")
    return double


@pytest.mark.parametrize("example", ALL)
def test_example_stands_in_the_help_word_for_word(xpip: Xpip, example: str) -> None:
    """So that neither can drift away from the other."""
    page = xpip("help", "mapping-examples").stdout

    assert indent(text_of(example), "    ") in page


@pytest.mark.parametrize("example", ALL)
def test_example_has_no_lints(xpip: Xpip, tmp_path: Path, example: str) -> None:
    """It loads, and nothing in it is allowed and rarely meant."""
    for each in ALL:
        write(tmp_path / each, text_of(each))

    ended = xpip("map", "check", tmp_path / example)

    assert ended.exit_code == 0, ended.stdout + ended.stderr


def test_company_example_asks_pypi_for_no_name_of_the_company(
    xpip: Xpip,
    environment: Environment,
    project: Path,
    pypi: RepositoryDouble,
    corp: RepositoryDouble,
) -> None:
    """Whoever needs it: dependencies are routed as names on the command line are."""
    corp.credentials = ("me", "secret")
    pypi.serve("requests", "2.32")
    copy_example(
        "pypi-and-company/xpip.toml",
        project / "xpip.toml",
        urls={"pypi": pypi.url, "corp": corp.url},
    )

    login = {"XPIP_CORP_USERNAME": "me", "XPIP_CORP_PASSWORD": "secret"}
    ended = xpip("install", "acme-app", XPIP_CORP_ORIGIN=corp.origin, **login)

    assert ended.exit_code == 0, ended.stderr
    ours = {"acme-app": "1.0", "acme-lib": "1.0", "billing-core": "1.0"}
    assert environment.installed() == {**ours, "requests": "2.32"}
    assert set(corp.projects_asked()) == ours.keys()
    assert pypi.projects_asked() == ["requests"]


@pytest.mark.usefixtures("environment")
def test_company_example_asks_nobody_without_a_login(
    xpip: Xpip, project: Path, pypi: RepositoryDouble, corp: RepositoryDouble
) -> None:
    """`auth = "required"`: a missing login is not taken for a missing project."""
    copy_example(
        "pypi-and-company/xpip.toml",
        project / "xpip.toml",
        urls={"pypi": pypi.url, "corp": corp.url},
    )

    ended = xpip("install", "--json", "acme-lib")

    assert (ended.exit_code, ended.reasons) == (4, ["auth-required"])
    assert (*corp.requests, *pypi.requests) == ()


def test_nvidia_example_takes_wheels_from_nvidia_and_the_rest_from_pypi(
    xpip: Xpip, environment: Environment, project: Path, world: World, pypi: RepositoryDouble
) -> None:
    """PyPI's source distributions of the same names are not even listed."""
    nvidia = world.repository("nvidia", format="html-legacy", core_metadata=False)
    requires = ["libcudf-cu12", "rmm-cu12", "nvidia-nvcomp-cu12", "nvidia-ml-py", "pandas"]
    nvidia.serve("cudf-cu12", "25.10", requires=requires)
    ours = {"cudf-cu12": "25.10", "libcudf-cu12": "25.10", "rmm-cu12": "25.10"}
    ours["nvidia-nvcomp-cu12"] = "5.0"
    for name, version in ours.items():
        if name != "cudf-cu12":
            nvidia.serve(name, version)
        pypi.serve_sdist(name, version)
    others = {"nvidia-ml-py": "13.580", "pandas": "2.3.3"}
    for name, version in others.items():
        pypi.serve(name, version)
    copy_example(
        "nvidia/xpip.toml", project / "xpip.toml", urls={"pypi": pypi.url, "nvidia": nvidia.url}
    )

    ended = xpip("install", "cudf-cu12")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == ours | others
    assert set(nvidia.projects_asked()) == ours.keys()
    assert set(pypi.projects_asked()) == others.keys()


def test_wheelhouse_example_takes_what_the_directory_has_from_there(
    xpip: Xpip, environment: Environment, project: Path, pypi: RepositoryDouble
) -> None:
    """PyPI is asked for what the directory lacks, and its newer numpy does not win."""
    build_wheel(project / "wheels", "acme-app", "1.0", requires=["numpy", "lxml", "requests"])
    build_wheel(project / "wheels", "numpy", "1.0")
    for name in ("numpy", "lxml", "requests"):
        pypi.serve(name, "2.0")
    copy_example("wheelhouse/xpip.toml", project / "xpip.toml", urls={"pypi": pypi.url})

    ended = xpip("install", "acme-app")

    assert ended.exit_code == 0, ended.stderr
    here, there = {"acme-app": "1.0", "numpy": "1.0"}, {"lxml": "2.0", "requests": "2.0"}
    assert environment.installed() == here | there
    assert set(pypi.projects_asked()) == there.keys()


@pytest.mark.usefixtures("environment")
def test_wheelhouse_example_does_not_ask_pypi_for_what_is_missing_there(
    xpip: Xpip, project: Path, pypi: RepositoryDouble
) -> None:
    """A project of one's own that the directory lacks is an error."""
    build_wheel(project / "wheels", "acme-app", "1.0", requires=["acme-lib"])
    copy_example("wheelhouse/xpip.toml", project / "xpip.toml", urls={"pypi": pypi.url})

    ended = xpip("install", "--json", "acme-app")

    assert (ended.exit_code, ended.reasons) == (1, ["not-found"])
    assert pypi.requests == []


@pytest.fixture
def organisation(project: Path, pypi: RepositoryDouble, corp: RepositoryDouble) -> Path:
    """The organisation's file, and the project's that extends it."""
    path = project.parent / "organisation.toml"
    copy_example("organisation/organisation.toml", path, urls={"corp": corp.url})
    copy_example("organisation/project/xpip.toml", project / "xpip.toml", urls={"pypi": pypi.url})
    pypi.serve("requests", "2.31", upload_time=LONG_AGO)
    pypi.serve("requests", "2.32", upload_time=JUST_NOW)
    return path


@pytest.mark.usefixtures("organisation")
def test_organisation_example_routes_by_both_files(
    xpip: Xpip, environment: Environment, pypi: RepositoryDouble, corp: RepositoryDouble
) -> None:
    """The organisation's names go where it says; the project passes over what is too new."""
    ended = xpip("install", "acme-lib", "requests")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"acme-lib": "1.0", "requests": "2.31"}
    assert (corp.projects_asked(), pypi.projects_asked()) == (["acme-lib"], ["requests"])


@pytest.mark.usefixtures("environment", "organisation")
def test_organisation_example_refuses_a_file_without_the_hash_that_the_project_asks_for(
    xpip: Xpip, pypi: RepositoryDouble, corp: RepositoryDouble
) -> None:
    """A project may ask for more than its organisation does."""
    corp.serve("acme-billing", "1.0")
    corp.page("acme-billing").hashes = False

    ended = xpip("install", "--json", "acme-billing")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-missing"])
    assert pypi.requests == []


@pytest.mark.usefixtures("environment", "organisation")
def test_organisation_example_denies_a_dependency(
    xpip: Xpip, pypi: RepositoryDouble, corp: RepositoryDouble
) -> None:
    """Nobody is asked for what is banned, whoever needs it."""
    corp.serve("acme-web", "1.0", requires=["left-pad"])

    ended = xpip("install", "--json", "acme-web")

    assert (ended.exit_code, ended.reasons) == (3, ["denied"])
    assert (corp.projects_asked(), pypi.requests) == (["acme-web"], [])


def test_organisation_example_holds_on_a_machine_whatever_options_say(
    xpip: Xpip,
    environment: Environment,
    project: Path,
    organisation: Path,
    pypi: RepositoryDouble,
    corp: RepositoryDouble,
) -> None:
    """As the user's own file: without a project's, and with options that name PyPI alone."""
    (project / "xpip.toml").unlink()
    settings = project.parent / "settings"
    write(settings / "xpip" / "xpip.toml", organisation.read_text())

    ended = xpip(
        *("install", "--no-map", "--index-url", pypi.url, "acme-lib", "requests"),
        XDG_CONFIG_HOME=str(settings),
    )

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"acme-lib": "1.0", "requests": "2.32"}
    assert (corp.projects_asked(), pypi.projects_asked()) == (["acme-lib"], ["requests"])
