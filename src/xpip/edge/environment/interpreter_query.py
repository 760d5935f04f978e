"""Runs inside the target's interpreter and prints what it says of itself, as one JSON object.

Started as `python -I -S -B interpreter_query.py PACKAGING [PREFIX]`: PACKAGING is the directory
of xpip's own `packaging`, PREFIX the base that `--prefix` puts in place of the interpreter's.
`-S` keeps the target's .pth files from running, so that what `site` would say of a virtual
environment is said here. Runs on Python 3.9 and imports nothing of xpip: the target may be
older than xpip, and must find no module of xpip's.
"""

from __future__ import annotations

import json
import os
import sys

OLDEST = (3, 9)


def main(packaging: str, prefix: str | None = None) -> None:
    """Print the answer; of an interpreter that is too old, the version alone."""
    if sys.version_info < OLDEST:
        answer: dict[str, object] = {"version": ".".join(map(str, sys.version_info[:3]))}
    else:
        configuration = adopt_virtual_environment()
        tags = supported_tags(packaging)
        markers = marker_environment()
        answer = {
            "version": markers["python_full_version"],
            "executable": sys.executable,
            "prefix": sys.prefix,
            "base_prefix": sys.base_prefix,
            "markers": markers,
            "tags": tags,
            "scheme": scheme_paths(prefix),
            "user_base": user_base(),
            "user_scheme": user_scheme(),
            "site_paths": shared_site_paths(configuration),
            "externally_managed": externally_managed_file(),
        }
    json.dump(answer, sys.stdout)


def adopt_virtual_environment() -> str | None:
    """Set the prefixes as `site.venv` does; returns the pyvenv.cfg found (PEP 405).

    The executable's symlinks stay unresolved: they lead out of the virtual environment.
    """
    directory = os.path.dirname(os.path.abspath(sys.executable))
    prefix = os.path.dirname(directory)
    for place in (directory, prefix):
        configuration = os.path.join(place, "pyvenv.cfg")
        if os.path.isfile(configuration):
            sys.prefix = sys.exec_prefix = prefix
            return configuration
    return None


def supported_tags(packaging: str) -> list[str]:
    """Wheel tags, best first (PEP 425), by xpip's `packaging` and nothing else from beside it."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(
        "packaging",
        os.path.join(packaging, "__init__.py"),
        submodule_search_locations=[packaging],
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["packaging"] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    from packaging.tags import sys_tags

    return [str(tag) for tag in sys_tags()]


def marker_environment() -> dict[str, str]:
    """Values of the environment markers (PEP 508), `extra` excepted.

    As `packaging.markers` has them, whose import would take as long as all the rest.
    """
    import platform

    version = platform.python_version()
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": implementation_version(),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": version,
        "platform_python_implementation": platform.python_implementation(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def implementation_version() -> str:
    """PEP 508's `format_full_version`."""
    info = sys.implementation.version
    level = "" if info.releaselevel == "final" else f"{info.releaselevel[0]}{info.serial}"
    return f"{info.major}.{info.minor}.{info.micro}{level}"


def default_scheme() -> str:
    """Name of the scheme that the interpreter, or its distributor, installs into."""
    import sysconfig

    if sys.prefix != sys.base_prefix and "venv" in sysconfig.get_scheme_names():
        return "venv"
    names = vars(sysconfig)
    # Python 3.9 has it under a private name.
    scheme = names.get("get_default_scheme") or names["_get_default_scheme"]
    return str(scheme())


def scheme_paths(prefix: str | None) -> dict[str, str]:
    """Where each kind of file goes; `headers` is the directory above a project's own."""
    import sysconfig

    bases = ("base", "platbase", "installed_base", "installed_platbase")
    moved = dict.fromkeys(bases, prefix) if prefix is not None else None
    paths = sysconfig.get_paths(default_scheme(), moved)
    scheme = {key: paths[key] for key in ("purelib", "platlib", "scripts", "data")}
    scheme["headers"] = paths["include"]
    if prefix is None and sys.prefix != sys.base_prefix:
        # The schemes' own `include` is that of the base, which is not the environment's to change.
        python = "python%d.%d" % sys.version_info[:2]
        scheme["headers"] = os.path.join(sys.prefix, "include", "site", python)
    return scheme


def user_base() -> str:
    """Directory of what only this user sees (PEP 370)."""
    import sysconfig

    return str(sysconfig.get_config_var("userbase"))


def user_scheme() -> dict[str, str]:
    """Where each kind of file goes for this user alone."""
    import sysconfig

    named = vars(sysconfig).get("get_preferred_scheme")
    # Python 3.9 has no name for it; of the framework builds of macOS, another one.
    fallback = "osx_framework_user" if vars(sys).get("_framework") else os.name + "_user"
    paths = sysconfig.get_paths(named("user") if named else fallback)
    scheme = {key: paths[key] for key in ("purelib", "platlib", "scripts", "data")}
    return {**scheme, "headers": paths["include"]}


def shared_site_paths(configuration: str | None) -> list[str]:
    """Site directories of the interpreter itself, unless a virtual environment hides them."""
    if configuration is not None and not shows_system_site_packages(configuration):
        return []
    import site

    return site.getsitepackages([sys.base_prefix])


def shows_system_site_packages(configuration: str) -> bool:
    """Whether pyvenv.cfg lets the base's distributions be seen; by default, as in `site`, yes."""
    shown = "true"
    with open(configuration, encoding="utf-8") as lines:
        for line in lines:
            key, _, value = line.partition("=")
            if key.strip().lower() == "include-system-site-packages":
                shown = value.strip().lower()
    return shown == "true"


def externally_managed_file() -> str | None:
    """Path of the file that reserves the interpreter for its own system's tools (PEP 668)."""
    if sys.prefix != sys.base_prefix:
        return None
    import sysconfig

    stdlib = sysconfig.get_path("stdlib", default_scheme())
    path = os.path.join(stdlib, "EXTERNALLY-MANAGED")
    return path if os.path.isfile(path) else None


if __name__ == "__main__":
    main(*sys.argv[1:])
