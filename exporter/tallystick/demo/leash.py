"""
Children end when we do, however we end.

One small watcher process holds the reading end of a pipe whose writing end only we have. When we are gone, by an exit,
a crash or SIGKILL, the kernel closes it, and the watcher ends every child that is still tied: SIGTERM first, SIGKILL
after a grace. Unlike Linux' PR_SET_PDEATHSIG it does not matter which thread started a child, and macOS has it too.
"""

import atexit
import subprocess
import sys
import threading
from typing import IO

GRACE_SECONDS = 10
"""How long tied children have between SIGTERM and SIGKILL."""

_WATCHER = f"""
import os, signal, sys, time
tied = set()
for line in sys.stdin:
    sign, pid = line[0], int(line[1:])
    tied.add(pid) if sign == "+" else tied.discard(pid)
def send(number):
    for pid in list(tied):
        try:
            os.kill(pid, number)
        except OSError:
            tied.discard(pid)
deadline = time.monotonic() + {GRACE_SECONDS}
send(signal.SIGTERM)
while tied and time.monotonic() < deadline:
    time.sleep(0.05)
    send(0)
send(signal.SIGKILL)
"""

_lock = threading.Lock()
_watcher: "subprocess.Popen[str] | None" = None


def tie(pid: int) -> None:
    """Let the child process *pid* end when we do."""
    _tell(f"+{pid}")


def untie(pid: int) -> None:
    """Forget the child process *pid*: it has ended, or may outlive us."""
    _tell(f"-{pid}")


def _tell(line: str) -> None:
    with _lock:
        pipe = _pipe()
        pipe.write(f"{line}\n")
        pipe.flush()


def _pipe() -> IO[str]:
    """The pipe to the watcher, which is started when there is something to watch."""
    global _watcher  # noqa: PLW0603  # there is one for the process, as there is one end of the process
    if _watcher is None or _watcher.poll() is not None:
        command = [sys.executable, "-I", "-S", "-c", _WATCHER]
        _watcher = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        atexit.register(_let_go, _watcher)
    assert _watcher.stdin is not None
    return _watcher.stdin


def _let_go(watcher: "subprocess.Popen[str]") -> None:
    """At a regular exit: wait until the watcher has ended what is still tied."""
    assert watcher.stdin is not None
    watcher.stdin.close()
    watcher.wait()
