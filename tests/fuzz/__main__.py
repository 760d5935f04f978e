"""Search for inputs that break a reader, led by what they reach in the code (atheris).

`make fuzz` brings atheris, which has wheels for Linux on x86-64 alone; `test_fuzz.py` needs none.

    python -m tests.fuzz [TARGET...] [--seconds N] [--corpus DIRECTORY]

Each target runs in a process of its own, one after another. What was found stays in the corpus,
so that the next run goes on from there; an input that broke one is written beside it, and belongs
into `seeds/` with the mending.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.fuzz.mutations import mutated

_INSTRUMENTED = [
    "xpip",
    "packaging",
    "html.parser",
    "_markupbase",
    "email",
    "configparser",
    "netrc",
]
_LONGEST = 1 << 15
_PATIENCE = 20
"""Seconds for one input."""


def main() -> int:
    """Run what was asked for; 1 where an input broke a reader."""
    arguments = _arguments()
    if arguments.one:
        _fuzz(arguments.targets[0], arguments.libfuzzer)
        return 0
    from tests.fuzz.targets import TARGETS

    unknown = set(arguments.targets) - TARGETS.keys()
    if unknown:
        sys.exit(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    print(f"{'target':22}{'inputs':>12}{'seconds':>9}  found")
    outcomes = [
        _watched(name, arguments.corpus / name, arguments.seconds)
        for name in arguments.targets or TARGETS
    ]
    return int(not all(outcomes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, default=Path(".fuzz"))
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--libfuzzer", action="append", default=[], help=argparse.SUPPRESS)
    return parser.parse_args()


def _watched(name: str, corpus: Path, seconds: int) -> bool:
    """Run one target in a process of its own, and say what came of it: whether nothing broke."""
    corpus.mkdir(parents=True, exist_ok=True)
    broken = corpus.with_name(f"{name}.broken-")
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={_LONGEST}",
        f"-timeout={_PATIENCE}",
        "-rss_limit_mb=3072",
        f"-artifact_prefix={broken}",
        str(corpus),
    ]
    command = [sys.executable, "-m", "tests.fuzz", name, "--one"]
    began = time.monotonic()
    with tempfile.TemporaryFile() as log:
        ended = subprocess.run(
            [*command, *(f"--libfuzzer={each}" for each in options)],
            check=False,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        log.seek(0)
        said = log.read().decode(errors="replace")
    inputs = max((int(each) for each in re.findall(r"^#(\d+)", said, re.MULTILINE)), default=0)
    found = "nothing" if ended.returncode == 0 else said[-3000:]
    print(f"{name:22}{inputs:>12}{time.monotonic() - began:>9.0f}  {found}", flush=True)
    return ended.returncode == 0


def _fuzz(name: str, options: list[str]) -> None:
    """Become the fuzzer of one target; libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=_INSTRUMENTED):
        from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    examples = target.examples()

    def change(raw: bytes, largest: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.5:
            return bytes(atheris.Mutate(raw, largest))
        return mutated(raw, random, examples)[:largest]

    with tempfile.TemporaryDirectory() as seeds:
        for number, example in enumerate(examples):
            Path(seeds, str(number)).write_bytes(example)
        atheris.Setup([sys.argv[0], *options, seeds], target.run, custom_mutator=change)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
