"""What shells complete: commands, options, values and topics."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip


def completed(xpip: Xpip, *words: str) -> list[str]:
    """What is offered for the last of these words, in the protocol that the scripts speak."""
    ended = xpip(
        _XPIP_COMPLETE="bash_complete",
        COMP_WORDS="\n".join(["xpip", *words]),
        COMP_CWORD=str(len(words)),
    )
    assert (ended.exit_code, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


def test_commands_are_completed(xpip: Xpip) -> None:
    """Those of groups as well."""
    assert "plain,install" in completed(xpip, "inst")
    assert "plain,import" in completed(xpip, "map", "im")


def test_options_are_completed(xpip: Xpip) -> None:
    """Those that are shown; what is taken for the sake of old habits is not."""
    assert completed(xpip, "install", "--upg") == ["plain,--upgrade", "plain,--upgrade-strategy"]
    assert completed(xpip, "install", "--no-inp") == [""]


def test_values_are_completed_where_there_are_few(xpip: Xpip) -> None:
    """Choices, and topics of the help."""
    assert completed(xpip, "install", "--index-order", "i") == ["plain,index"]
    assert completed(xpip, "help", "colli") == ["plain,collisions"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("install", "-r", "req"), "file"),
        (("install", "./sp"), "file"),
        (("install", "--target", "d"), "dir"),
        (("download", "--dest", "d"), "dir"),
    ],
)
def test_files_and_directories_are_completed_by_the_shell(
    xpip: Xpip, words: tuple[str, ...], kind: str
) -> None:
    """It knows them best."""
    assert completed(xpip, *words) == [f"{kind},{words[-1]}"]


def test_completion_is_quick(tmp_path: Path) -> None:
    """Somebody waits for it after every key: nothing is imported but what can be typed."""
    command = [sys.executable, "-X", "importtime", "-m", "xpip"]
    environ = {
        "_XPIP_COMPLETE": "bash_complete",
        "COMP_WORDS": "xpip install --",
        "COMP_CWORD": "2",
    }
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "plain,--index-url" in ended.stdout
    assert imported.isdisjoint({"httpcore", "rich", "resolvelib", "packaging", "installer"})


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_what_the_script_says(xpip: Xpip, tmp_path: Path) -> None:
    """The whole way: the script is loaded, and asks the command that is on PATH."""
    script = xpip("completion", "bash")
    assert script.exit_code == 0
    (tmp_path / "completion.bash").write_text(script.stdout)
    program = tmp_path / "xpip"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xpip "$@"\n')
    program.chmod(0o755)
    typed = (
        f"source {tmp_path}/completion.bash\n"
        "COMP_WORDS=(xpip install --upgrade-s) COMP_CWORD=2\n"
        f"_xpip_completion {program}\n"
        'echo "${COMPREPLY[@]}"\n'
        "complete -p xpip\n"
    )

    ended = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines()[0] == "--upgrade-strategy"
    assert ended.stdout.splitlines()[1].startswith("complete ")


@pytest.mark.parametrize(("shell", "word"), [("zsh", "compdef"), ("fish", "complete ")])
def test_script_is_printed_for_other_shells(xpip: Xpip, shell: str, word: str) -> None:
    """Their own words for the same."""
    ended = xpip("completion", shell)

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert word in ended.stdout
    assert "_XPIP_COMPLETE" in ended.stdout


def test_help_says_where_the_script_goes(xpip: Xpip) -> None:
    """One line for each shell."""
    ended = xpip("completion", "--help")

    lines = [line.split(maxsplit=1) for line in ended.stdout.splitlines() if line.strip()]
    said = {line[0]: line[1] for line in lines if len(line) > 1}
    assert said["bash"].startswith('eval "$(xpip completion bash)"')
    assert said["zsh"].startswith('eval "$(xpip completion zsh)"')
    assert said["fish"].endswith("~/.config/fish/completions/xpip.fish")
