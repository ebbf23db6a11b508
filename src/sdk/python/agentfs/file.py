"""An open file as Python's io has it."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any, Optional

from .errors import AgentFSError, error_of
from .frames import MAX_DATA_BYTES

if TYPE_CHECKING:
    from .workspace import Workspace

_BUFFER_BYTES = 256 * 1024


class WorkspaceFile(io.RawIOBase):
    """
    Unbuffered; `Workspace.open` puts Python's buffers around it. It means the same file through renames and pulls, as
    long as its owner lives; after that, its calls raise EBADF.
    """

    def __init__(self, workspace: "Workspace", path: str, flags: str, mode: Optional[int] = None) -> None:
        super().__init__()
        self.name = path
        self.mode = flags.replace("r", "rb", 1) if flags.startswith("r") else flags
        self._workspace = workspace
        self._flags = flags
        self._handle: int = -1
        opened = workspace.call("fs.open", path=path, flags=flags, mode=mode)
        self._handle = opened["handle"]
        self._position: int = opened["stat"]["size"] if flags.startswith("a") else 0

    def readable(self) -> bool:
        return self._flags.startswith("r") or "+" in self._flags

    def writable(self) -> bool:
        return self._flags != "r"

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), MAX_DATA_BYTES)
        data = self._call("fs.read", offset=self._position, length=wanted)["data"]
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")[:MAX_DATA_BYTES]
        written: int = self._call("fs.write", offset=self._position, data=view)["written"]
        self._position += written
        return written

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        position = offset + (self._size() if start is None else start)
        if position < 0:
            raise error_of({"code": "EINVAL", "message": "EINVAL: seek", "path": self.name})
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def truncate(self, size: Optional[int] = None) -> int:
        length = self._position if size is None else size
        self._call("fs.truncate", size=length)
        return length

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        if self._handle < 0:
            return
        try:
            self._workspace.call("fs.close", handle=self._handle)
        except AgentFSError as error:
            # The owner, and with it the handle, has gone: nothing is left to be closed.
            if error.code not in ("EBADF", "OWNER_GONE", "OWNER_UNREACHABLE", "CLOSED"):
                raise

    def _size(self) -> int:
        return int(self._workspace.call("fs.stat", path=self.name)["size"])

    def _call(self, method: str, **arguments: Any) -> Any:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._workspace.call(method, handle=self._handle, **arguments)


def open_file(
    workspace: "Workspace",
    path: str,
    mode: str = "r",
    buffering: int = -1,
    encoding: Optional[str] = None,
    errors: Optional[str] = None,
    newline: Optional[str] = None,
    create_mode: Optional[int] = None,
) -> Any:
    """As the built-in open()."""
    binary = "b" in mode
    flags = mode.replace("b", "").replace("t", "")
    flags = {"x": "wx", "x+": "wx+"}.get(flags, flags)
    if flags not in ("r", "r+", "w", "w+", "wx", "wx+", "a", "a+"):
        raise ValueError(f"invalid mode: {mode!r}")
    if binary and (encoding is not None or errors is not None or newline is not None):
        raise ValueError("binary mode takes no encoding, errors or newline")
    raw = WorkspaceFile(workspace, path, flags, create_mode)
    if buffering == 0:
        if not binary:
            raw.close()
            raise ValueError("can't have unbuffered text I/O")
        return raw
    size = _BUFFER_BYTES if buffering < 2 else buffering
    buffered: Any
    if "+" in flags:
        buffered = io.BufferedRandom(raw, size)
    elif flags == "r":
        buffered = io.BufferedReader(raw, size)
    else:
        buffered = io.BufferedWriter(raw, size)
    if binary:
        return buffered
    return io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline, line_buffering=buffering == 1)
