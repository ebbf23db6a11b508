"""An open file as Python's io has it."""

from __future__ import annotations

import io
import os
from typing import IO, TYPE_CHECKING, Any, Optional, Union, overload

from .arguments import Path, path_of
from .errors import AgentFSError, error_of
from .frames import MAX_DATA_BYTES

if TYPE_CHECKING:
    from _typeshed import OpenBinaryMode, OpenTextMode, WriteableBuffer

    from .workspace import Workspace

BUFFER_BYTES = 256 * 1024
SLICE_BYTES = 1024 * 1024
"""Large enough that the cost of a call is small, small enough that a mount's requests slip in between."""


def flags_of(mode: str) -> str:
    """What `fs.open` calls it. Raises ValueError for what is no mode of the built-in open()."""
    letters = set(mode)
    flags = {"r": "r", "w": "w", "a": "a", "x": "wx"}
    kinds = letters & set(flags)
    if len(letters) != len(mode) or letters - set("rwaxbt+") or len(kinds) != 1 or {"b", "t"} <= letters:
        raise ValueError(f"invalid mode: {mode!r}")
    return flags[kinds.pop()] + ("+" if "+" in letters else "")


class WorkspaceFile(io.RawIOBase):
    """
    Unbuffered; `Workspace.open` puts Python's buffers around it. It means the same file through renames, removal and pulls,
    as long as its owner lives; after that, its calls raise EBADF.
    """

    def __init__(self, workspace: "Workspace", path: str, mode: str, create_mode: Optional[int] = None) -> None:
        super().__init__()
        self._handle = -1
        self._flags = flags_of(mode)
        self._workspace = workspace
        self.name = path
        kind = self._flags.replace("wx", "x").rstrip("+")
        self.mode = f"{kind}b{'+' if '+' in mode else ''}"
        opened = workspace.call("fs.open", path=path, flags=self._flags, mode=create_mode)
        self._handle = opened["handle"]
        self._position: int = opened["stat"]["size"] if self._flags.startswith("a") else 0

    def readable(self) -> bool:
        self._assert_open()
        return self._flags.startswith("r") or "+" in self._flags

    def writable(self) -> bool:
        self._assert_open()
        return self._flags != "r"

    def seekable(self) -> bool:
        self._assert_open()
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._read(min(len(view), MAX_DATA_BYTES))
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        self._assert_for("readable")
        pieces = []
        while True:
            piece = self._read(SLICE_BYTES)
            pieces.append(piece)
            if len(piece) < SLICE_BYTES:
                return b"".join(pieces)

    def write(self, data: Any) -> int:
        self._assert_for("writable")
        view = memoryview(data).cast("B")[:MAX_DATA_BYTES]
        written: int = self._call("fs.write", offset=self._position, data=view)["written"]
        # To append is to write at the end, wherever that is by now.
        self._position = self._size() if self._flags.startswith("a") else self._position + written
        return written

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._assert_open()
        if whence not in (os.SEEK_SET, os.SEEK_CUR, os.SEEK_END):
            raise ValueError(f"invalid whence: {whence!r}")
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        position = offset + (self._size() if start is None else start)
        if position < 0:
            raise error_of({"code": "EINVAL", "message": f"EINVAL: seek '{self.name}'", "path": self.name})
        self._position = position
        return position

    def tell(self) -> int:
        self._assert_open()
        return self._position

    def truncate(self, size: Optional[int] = None) -> int:
        self._assert_for("writable")
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
            if error.code not in GONE:
                raise

    def _read(self, length: int) -> bytes:
        self._assert_for("readable")
        data: bytes = self._call("fs.read", offset=self._position, length=length)["data"]
        self._position += len(data)
        return data

    def _size(self) -> int:
        return int(self._call("fs.stat")["size"])

    def _call(self, method: str, **arguments: Any) -> Any:
        self._assert_open()
        try:
            return self._workspace.call(method, handle=self._handle, **arguments)
        except AgentFSError as error:
            raise told_of(error, self.name) from None

    def _assert_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def _assert_for(self, what: str) -> None:
        if not getattr(self, what)():
            raise io.UnsupportedOperation(f"not {what}")


GONE = ("EBADF", "OWNER_GONE", "OWNER_UNREACHABLE", "CLOSED")


def told_of(error: AgentFSError, path: str) -> AgentFSError:
    """The error of a handle, with the path that it was opened by."""
    hint = error.hint
    if error.code == "EBADF":
        hint = "The process that owned the workspace has gone, and this open file with it: open it again."
    told = {"code": error.code, "message": error.message, "operation": error.operation, "data": error.data}
    return error_of({**told, "path": error.path or path, "hint": hint})


class Opens:
    """`open`, for the class of workspaces."""

    @overload
    def open(
        self,
        path: Path,
        mode: "OpenTextMode" = "r",
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = None,
        *,
        create_mode: Optional[int] = None,
    ) -> io.TextIOWrapper: ...

    @overload
    def open(
        self,
        path: Path,
        mode: "OpenBinaryMode",
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = None,
        *,
        create_mode: Optional[int] = None,
    ) -> "IO[bytes]": ...

    @overload
    def open(
        self,
        path: Path,
        mode: str,
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = None,
        *,
        create_mode: Optional[int] = None,
    ) -> "IO[Any]": ...

    def open(
        self,
        path: Path,
        mode: str = "r",
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = None,
        *,
        create_mode: Optional[int] = None,
    ) -> Any:
        """As the built-in open(); text is UTF-8 where no encoding is given. `create_mode`: permissions of a new file."""
        check_text(mode, buffering, encoding, errors, newline)
        raw = self._open_raw(path, mode, create_mode)
        if buffering == 0:
            return raw
        size = BUFFER_BYTES if buffering < 2 else buffering
        buffered: Any
        if raw.readable() and raw.writable():
            buffered = io.BufferedRandom(raw, size)
        elif raw.readable():
            buffered = io.BufferedReader(raw, size)
        else:
            buffered = io.BufferedWriter(raw, size)
        if "b" in mode:
            return buffered
        text = io.TextIOWrapper(buffered, encoding or "utf-8", errors, newline, line_buffering=buffering == 1)
        text.mode = mode  # type: ignore[misc]
        return text

    def _open_raw(self, path: Path, mode: str, create_mode: Optional[int] = None) -> WorkspaceFile:
        workspace: Any = self
        return WorkspaceFile(workspace, path_of(path), mode, create_mode)


def check_text(mode: str, buffering: int, *text_options: Optional[str]) -> None:
    """Raises ValueError, as the built-in open() does."""
    flags_of(mode)
    if "b" in mode and any(option is not None for option in text_options):
        raise ValueError("binary mode takes no encoding, errors or newline")
    if "b" not in mode and buffering == 0:
        raise ValueError("can't have unbuffered text I/O")
