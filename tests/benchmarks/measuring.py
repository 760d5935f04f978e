"""Run one command and print what it took, as JSON: seconds, seconds of CPU, bytes, exit code.

Run as a script by `python -I -S`, because a process counts the memory of the one it was started
from as its own: the starter has to be smaller than anything that is measured.
"""

import os
import sys
import time


def measure(log: str, command: list[str]) -> str:
    """Run the command with its output in a file."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cpu = used.ru_utime + used.ru_stime
    code = os.waitstatus_to_exitcode(status)
    return f'{{"seconds": {seconds}, "cpu": {cpu}, "memory": {memory}, "exit_code": {code}}}\n'


if __name__ == "__main__":
    sys.stdout.write(measure(sys.argv[1], sys.argv[2:]))
