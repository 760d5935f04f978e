"""What people type who come from pip or uv: taken where it means nothing here, else explained.

A misspelt option is answered by click, with the nearest one; this knows those that are spelt
rightly, elsewhere.
"""

from __future__ import annotations

import click

from xpip.cli.sections import section

HINTS = {
    "--default-index": "--index-url names the repository to ask in place of PyPI.",
    "--index": "--index-url names the repository to ask, --extra-index-url one more.",
    "--index-strategy": "`--index-order index` takes the first repository that has a name; all "
    "together is what xpip does already, and it refuses names that several hold unlinked.",
    "--prerelease": "--pre takes pre-releases; without it, final releases where there are some.",
    "--resolution": "The newest versions that fit are chosen. -c FILE limits them.",
    "--system": "--python PATH names the interpreter whose environment is meant.",
    "--user": "No environment is changed or shown here; --python names the one to choose for.",
    "--root": "--prefix DIR installs below a directory, --target DIR into one.",
    "--src": "A repository of sources is checked out for the build and removed. For one that "
    "stays, clone it and install it with -e PATH.",
    "--exists-action": "Nothing is overwritten unasked: what is there is kept if it is the same, "
    "and otherwise named in an error.",
    "--use-pep517": "Leave it away: everything is built by its build backend (PEP 517).",
    "--no-use-pep517": "Everything is built by its build backend (PEP 517); setup.py is not run.",
    "--global-option": "-C KEY=VALUE tells build backends what they have to know.",
    "--install-option": "-C KEY=VALUE tells build backends what they have to know.",
    "--no-clean": "A build that fails leaves its log, and the error says where.",
    "--no-color": "NO_COLOR=1 in the environment takes colours away (no-color.org).",
    "--no-progress": "-q says only what went wrong. Progress is drawn on terminals alone.",
    "--log": "-v says where every file comes from, and why; --json tells all as data.",
    "--require-virtualenv": "Leave it away: an environment that the system manages is not changed "
    "without --break-system-packages.",
    "--isolated": "Leave it away: no other tool's configuration is read. --no-map leaves the "
    "project's mapping file aside.",
    "--no-config": "--no-map leaves the project's mapping file aside.",
    "--keyring-provider": "Leave it away: a keyring is asked where there is one.",
    "--native-tls": "Leave it away: the system's certificates are trusted already.",
    "--reinstall": "--force-reinstall installs anew what is there already.",
    "--upgrade-package": "`xpip install -U NAME` takes a newer version of NAME alone.",
    "-P": "`xpip install -U NAME` takes a newer version of NAME alone.",
    "--compile-bytecode": "--compile compiles what is installed.",
    "--override": "-c FILE limits versions; nothing overrides what metadata demands.",
    "--overrides": "-c FILE limits versions; nothing overrides what metadata demands.",
    "--torch-backend": "A mapping file says where torch comes from: xpip help mapping-examples.",
    "--no-verify-ssl": "Certificates are always verified. --cert FILE trusts your own.",
    "--allow-insecure-host": "--trusted-host HOST allows plain http; certificates are always "
    "verified, and --cert FILE trusts your own.",
    "--use-feature": "Leave it away: xpip has no features of pip's to switch on.",
    "--use-deprecated": "Leave it away: xpip has no features of pip's to switch on.",
}
"""What to do instead of options that xpip does not have."""

COMMANDS = {
    "pip": "Leave the word away: `xpip install …`.",
    "add": "`xpip install NAME` installs; which projects yours needs stands in pyproject.toml.",
    "remove": "`xpip uninstall NAME` removes it from the environment.",
    "show": "`xpip inspect NAME` shows all that is recorded of it.",
    "update": "`xpip install -U NAME` takes a newer version.",
    "upgrade": "`xpip install -U NAME` takes a newer version.",
    "outdated": "`xpip list --outdated` tells what could be newer.",
    "venv": "`python3 -m venv .venv` makes an environment.",
    "config": "A mapping file says where names come from: `xpip map init` starts one.",
    "index": "`xpip list --outdated` tells the newest versions; `xpip map test NAME` who is asked.",
    "search": "No repository can be searched by way of its simple API.",
    "hash": "`sha256sum FILE` tells the hash of a file; `xpip download --json` those it fetched.",
    "debug": "`xpip inspect` tells of the environment.",
    "build": "`xpip wheel --no-deps .` builds a wheel of the project here.",
}
"""What to do instead of commands that xpip does not have."""


habit_options = section(
    "Habits",
    *(
        click.option(name, is_flag=True, hidden=True, expose_value=False)
        for name in (
            "--no-input",
            "--disable-pip-version-check",
            "--no-python-version-warning",
            "--no-compile",
            "--no-warn-script-location",
            "--no-warn-conflicts",
        )
    ),
    *(
        click.option(name, metavar="ANY", hidden=True, expose_value=False)
        for name in ("--progress-bar", "--root-user-action")
    ),
)
"""Options of pip's and uv's that mean nothing here, or what happens anyway."""
