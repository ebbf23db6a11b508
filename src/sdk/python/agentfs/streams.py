"""The two ways to another process: an owner's socket, and the pipes of `agentfs rpc`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, List, Optional, Sequence

from .connection import Stream
from .errors import AgentFSError, error_of
from .frames import Buffer

_BUFFER_BYTES = 65536
_CONNECT_SECONDS = 5.0


class SocketStream(Stream):
    """Raises FileNotFoundError or ConnectionRefusedError where nobody listens, OWNER_UNREACHABLE for a stranger's."""

    def __init__(self, path: str) -> None:
        if os.lstat(path).st_uid not in (0, os.getuid()):
            raise error_of(
                {"code": "OWNER_UNREACHABLE", "message": f"{path} belongs to another user", "path": path}
            )
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(_CONNECT_SECONDS)
            self._socket.connect(path)
            self._socket.settimeout(None)
        except BaseException:
            self._socket.close()
            raise
        self._input = self._socket.makefile("rb", _BUFFER_BYTES)

    def send(self, parts: List[Buffer]) -> None:
        for part in parts:
            self._socket.sendall(part)

    def receive(self, length: int) -> bytes:
        return _exactly(self._input.read(length), length)

    def close(self) -> None:
        try:
            # Wakes whoever waits for an answer; a plain close would leave it waiting.
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def forget(self) -> None:
        os.close(self._socket.detach())


class ProcessStream(Stream):
    """`agentfs rpc`, which ends when its input does."""

    def __init__(self, home: Optional[str]) -> None:
        arguments = [*find_command(), "rpc", *([] if home is None else ["--home", home])]
        self._errors = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        except OSError as error:
            self._errors.close()
            raise _missing(f"cannot run {arguments[0]}: {error.strerror}", arguments) from error

    @property
    def complaint(self) -> str:
        """What it wrote to its standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def send(self, parts: List[Buffer]) -> None:
        assert self._process.stdin is not None
        for part in parts:
            self._process.stdin.write(part)
        self._process.stdin.flush()

    def receive(self, length: int) -> bytes:
        assert self._process.stdout is not None
        return _exactly(self._process.stdout.read(length), length)

    def close(self) -> None:
        """Returns when all that the process owned is durable and the process has gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.close()
        except OSError:
            pass
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def forget(self) -> None:
        # The process must see its input end with the parent.
        pipes: Any = (self._process.stdin, self._process.stdout)
        for pipe in pipes:
            # Below the buffers: what may be left in them is the parent's to be sent.
            pipe.raw.close()
        self._errors.close()
        self._process.returncode = 0


def find_command() -> Sequence[str]:
    """How to run `agentfs`: AGENTFS_BIN, the PATH, or the checkout that this package is part of."""
    named = os.environ.get("AGENTFS_BIN")
    if named:
        return ["node", named] if named.endswith(".js") else [named]
    on_path = shutil.which("agentfs")
    if on_path is not None:
        return [on_path]
    beside = Path(__file__).resolve().parents[4] / "dist" / "cli" / "main.js" if _is_checkout() else None
    if beside is not None and beside.exists():
        return ["node", str(beside)]
    looked = ["AGENTFS_BIN (not set)", "agentfs on the PATH"]
    raise _missing("the command agentfs is not there", looked if beside is None else [*looked, str(beside)])


def _is_checkout() -> bool:
    parents = Path(__file__).resolve().parents
    return len(parents) > 4 and parents[2].name == "sdk" and parents[3].name == "src"


def _missing(message: str, looked: Sequence[str]) -> AgentFSError:
    return error_of(
        {
            "code": "OWNER_UNREACHABLE",
            "message": f"{message}; looked for: {', '.join(looked)}",
            "operation": "start agentfs rpc",
            "hint": "Install AgentFS (npm start in its checkout), or set AGENTFS_BIN to its dist/cli/main.js.",
        }
    )


def _exactly(data: Optional[bytes], length: int) -> bytes:
    if data is None or len(data) < length:
        raise EOFError
    return data
