"""Options that several commands share, each written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from xpip.cli.habits import habit_options
from xpip.cli.sections import section

Command = TypeVar("Command", bound=Callable[..., Any])

# Whether it is there, and may be read, is said better by whoever reads it: these tell shells what
# to complete.
_PATH = click.Path(readable=False)
_DIRECTORY = click.Path(file_okay=False, readable=False)


def together(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Several option decorators as one, shown in this order by --help."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def refuse_stray(*options: Callable[[Any], Any], needs: str) -> None:
    """Let no option be given in vain: these mean something only beside another one.

    Raises:
        click.UsageError: one of them was given.
    """

    def nothing() -> None:
        """Takes the options, to tell their names."""

    together(*options)(nothing)
    names = {each.name for each in getattr(nothing, "__click_params__")}  # noqa: B009
    context = click.get_current_context()
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in names and source is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{parameter.opts[-1]} means something with {needs} only")


map_options = together(
    click.option("--map", "map_file", type=_PATH, metavar="FILE", help="Take this mapping file."),
    click.option("--no-map", is_flag=True, help="Leave the project's mapping file aside."),
)

repository_options = section(
    "Which repositories",
    click.option("-i", "--index-url", metavar="URL", help="Ask this repository, not PyPI."),
    click.option(
        "--extra-index-url",
        "extra_index_urls",
        metavar="URL",
        multiple=True,
        help="One more repository. A name that several hold is refused.",
    ),
    click.option(
        "-f",
        "--find-links",
        type=_PATH,
        metavar="URL|DIR",
        multiple=True,
        help="A directory of wheels, or a page that links to them.",
    ),
    click.option("--no-index", is_flag=True, help="Ask no repository, --find-links only."),
    click.option(
        "--trusted-host",
        "trusted_hosts",
        metavar="HOST",
        multiple=True,
        help="Allow plain http to this host.",
    ),
    map_options,
    click.option("--require-rule", is_flag=True, help="Refuse names that no rule routes."),
    click.option(
        "--index-order",
        type=click.Choice(["version", "index"]),
        default="version",
        help="All repositories together, or the first that has the name (PEP 766).",
    ),
    click.option(
        "--ignore-unreached",
        is_flag=True,
        help="Let conflicts of projects that turn out not to be needed pass.",
    ),
    click.option("--local-first", is_flag=True, help="Prefer what local directories have."),
    click.option(
        "--allow-origin-change",
        metavar="NAME|OLD=NEW",
        multiple=True,
        help="Let NAME (or :all:) come from another repository than before.",
    ),
    click.option(
        "--race-mirrors",
        is_flag=True,
        help="Ask all mirrors of a repository at once; the first page counts.",
    ),
    click.option(
        "--unsafe-skip-unavailable",
        metavar="URL",
        multiple=True,
        help="Go on without this repository when it cannot be asked.",
    ),
    click.option(
        "--unsafe-merge",
        metavar="NAME",
        multiple=True,
        help="Take NAME from several repositories as if they were one, this once.",
    ),
)

request_file_options = section(
    "What to take",
    click.option(
        "-e",
        "--editable",
        "editables",
        type=_PATH,
        metavar="PATH|URL",
        multiple=True,
        help="Install from where it lies.",
    ),
    click.option(
        "-r",
        "--requirement",
        "--requirements",
        "requirement_files",
        type=_PATH,
        metavar="FILE",
        multiple=True,
        help="What a requirements file, pyproject.toml or script asks for.",
    ),
    click.option(
        "-c",
        "--constraint",
        "--constraints",
        "constraint_files",
        type=_PATH,
        metavar="FILE",
        multiple=True,
        help="Limit versions as this file says.",
    ),
    click.option(
        "--group",
        "groups",
        metavar="[PATH:]GROUP",
        multiple=True,
        help="A dependency group of pyproject.toml.",
    ),
    click.option(
        "--extra",
        "extras",
        metavar="EXTRA",
        multiple=True,
        help="An extra of the pyproject.toml that -r names.",
    ),
    click.option(
        "--script",
        "scripts",
        type=_PATH,
        metavar="FILE",
        multiple=True,
        help="What a script says it needs.",
    ),
    click.option(
        "--allow-direct",
        metavar="NAME",
        multiple=True,
        help="Let metadata take NAME (or :all:) from a URL.",
    ),
)

request_options = together(
    click.argument("requirements", nargs=-1, type=_PATH, metavar="[REQUIREMENT|PATH|URL]..."),
    request_file_options,
)

build_options = section(
    "Builds",
    click.option(
        "--no-build-isolation", is_flag=True, help="Build with what the target has already."
    ),
    click.option(
        "-C",
        "--config-settings",
        "--config-setting",
        "config_settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="Tell every build backend this.",
    ),
    click.option(
        "--build-constraint",
        "--build-constraints",
        "constraint_files_of_builds",
        type=_PATH,
        metavar="FILE",
        multiple=True,
        help="Limit what builds need as this file says.",
    ),
)

file_choice_options = section(
    "Which files",
    click.option(
        "--require-hashes", is_flag=True, help="Install nothing of which no hash is given."
    ),
    click.option(
        "--uploaded-prior-to",
        "--exclude-newer",
        metavar="AGE|DATE",
        help="Only files uploaded before then: 7d, 2026-01-31.",
    ),
    click.option(
        "--allow-no-upload-time", is_flag=True, help="Take files whose upload time is unknown."
    ),
    click.option(
        "--only-binary", metavar="NAMES", multiple=True, help="Wheels only, for these or :all:."
    ),
    click.option(
        "--no-binary", metavar="NAMES", multiple=True, help="No wheels, for these or :all:."
    ),
)

choice_options = together(
    section(
        "Which files",
        click.option("--pre", "prereleases", is_flag=True, help="Choose pre-releases too."),
        click.option(
            "--prefer-binary", is_flag=True, help="Older wheels before newer source distributions."
        ),
    ),
    file_choice_options,
)

place_options = together(
    click.option(
        "-p",
        "--python",
        type=_PATH,
        metavar="PYTHON",
        help="The environment: its interpreter, its directory, or a version (3.12).",
    ),
    click.option(
        "-t",
        "--target",
        type=_DIRECTORY,
        metavar="DIR",
        help="A directory that holds all flat, instead.",
    ),
    click.option(
        "--prefix", type=_DIRECTORY, metavar="DIR", help="What lies below this prefix, instead."
    ),
    click.option("--user", is_flag=True, help="What only you see (not in virtual environments)."),
)

consulted_option = click.option(
    "-p",
    "--python",
    type=_PATH,
    metavar="PYTHON",
    help="Choose for this interpreter, environment, or version (3.12).",
)
no_deps_option = click.option("--no-deps", is_flag=True, help="Only what is named.")

environment_options = section(
    "Where to",
    place_options,
    click.option(
        "--break-system-packages",
        is_flag=True,
        help="Change an environment that the system manages.",
    ),
)

writing_options = together(
    click.option("--compile", "compile_bytecode", is_flag=True, help="Compile to bytecode."),
    click.option(
        "--link-mode",
        type=click.Choice(["hardlink", "reflink", "copy", "symlink"]),
        help="How files get out of the cache (hardlink); where that cannot be, by copying.",
    ),
)

collision_option = click.option(
    "--allow-file-collision",
    metavar="NAME",
    multiple=True,
    help="Let NAME (or :all:) overwrite files of other distributions.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Results as JSON on standard output."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")

cache_options = section(
    "Cache",
    click.option("--cache-dir", type=_PATH, metavar="DIR", help="Keep pages and files here."),
    click.option(
        "--no-cache", "--no-cache-dir", is_flag=True, help="Keep nothing, use nothing kept."
    ),
    click.option("--offline", is_flag=True, help="Ask no server; what is kept counts at any age."),
    click.option("--refresh", is_flag=True, help="Ask about every page anew."),
    click.option(
        "--refresh-package",
        "refresh_packages",
        metavar="NAME",
        multiple=True,
        help="Ask about NAME's pages anew.",
    ),
)

_connection_options = section(
    "Network",
    click.option(
        "--retries", type=click.IntRange(0, 20), default=3, help="Ask so many times more (3)."
    ),
    click.option(
        "--timeout", type=click.FloatRange(0.1), default=30.0, help="Wait so many seconds (30)."
    ),
    click.option("--proxy", metavar="URL", help="Ask through this proxy."),
    click.option(
        "--cert", type=_PATH, metavar="FILE", help="Trust these certificates, not the system's."
    ),
    click.option(
        "--client-cert", type=_PATH, metavar="FILE", help="Show this certificate (PEM, with key)."
    ),
)

network_options = together(_connection_options, cache_options)

talk_options = section(
    "Output",
    json_option,
    quiet_option,
    click.option("-v", "--verbose", is_flag=True, help="Say where every file comes from, and why."),
    habit_options,
)

timings_option = section(
    "Output",
    click.option("--timings", is_flag=True, help="Say on standard error where the time went."),
)
