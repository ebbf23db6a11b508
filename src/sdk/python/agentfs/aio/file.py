"""
An open file for asyncio: what Python's io has, to be awaited. Reads ahead and writes behind by up to one buffer.

Text is decoded as it is read, with universal line ends; it is sought to its beginning and its end only.
"""

from __future__ import annotations

import codecs
import io
import os
from typing import TYPE_CHECKING, Any, AsyncIterator, Generic, Optional, TypeVar, Union, cast, overload

from ..arguments import Path, path_of
from ..errors import AgentFSError, error_of
from ..file import BUFFER_BYTES, GONE, SLICE_BYTES, check_text, flags_of, told_of
from ..frames import MAX_DATA_BYTES

if TYPE_CHECKING:
    from _typeshed import OpenBinaryMode, OpenTextMode

    from .workspace import Workspace

Content = TypeVar("Content", bound=Union[bytes, str])


class AsyncFile(Generic[Content]):
    """`async with` closes it. It means the same file through renames, removal and pulls, as long as its owner lives."""

    def __init__(self, workspace: "Workspace", path: str, mode: str, opened: Any) -> None:
        self.name = path
        self.mode = mode
        self.closed = False
        self._workspace = workspace
        self._flags = flags_of(mode)
        self._handle: int = opened["handle"]
        self.buffer_bytes = 0
        self._position: int = opened["stat"]["size"] if self._flags.startswith("a") else 0
        self._ahead = b""
        self._behind = bytearray()
        self._decoder: Optional[io.IncrementalNewlineDecoder] = None
        self._encoding = "utf-8"
        self._errors = "strict"
        self._text = ""
        self._newline: Optional[str] = None

    def as_text(self, encoding: Optional[str], errors: Optional[str], newline: Optional[str]) -> None:
        self._encoding = encoding or "utf-8"
        self._errors = errors or "strict"
        self._newline = newline
        self._decode_anew()

    def readable(self) -> bool:
        return self._flags.startswith("r") or "+" in self._flags

    def writable(self) -> bool:
        return self._flags != "r"

    async def read(self, size: int = -1) -> Content:
        """So many bytes or characters, fewer only at the end; all that is left where `size` is negative."""
        await self._assert_for("readable")
        if self._decoder is None:
            return cast(Content, await self._read_bytes(size))
        while size < 0 or len(self._text) < size:
            if not await self._decode_more():
                break
        return cast(Content, self._take_text(len(self._text) if size < 0 else size))

    async def readall(self) -> bytes:
        return await self._read_bytes(-1)

    async def readline(self) -> Content:
        """Empty at the end."""
        await self._assert_for("readable")
        if self._decoder is not None:
            while "\n" not in self._text and await self._decode_more():
                pass
            end = self._text.find("\n") + 1
            return cast(Content, self._take_text(end or len(self._text)))
        while b"\n" not in self._ahead and await self._read_more():
            pass
        end = self._ahead.find(b"\n") + 1
        return cast(Content, await self._read_bytes(end or len(self._ahead)))

    async def write(self, data: Union[Content, memoryview, bytearray]) -> int:
        """Returns how much it took: all, but of an unbuffered file."""
        await self._assert_for("writable")
        if isinstance(data, str):
            if self._decoder is None:
                raise TypeError("a bytes-like object is required, not 'str'")
            text = data if self._newline in ("", "\n") else data.replace("\n", self._newline or os.linesep)
            await self._write_bytes(text.encode(self._encoding, self._errors))
            return len(data)
        if self._decoder is not None:
            raise TypeError("write() argument must be str, not bytes")
        return await self._write_bytes(memoryview(data).cast("B"))

    async def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        await self.flush()
        if self._decoder is not None and (offset != 0 or whence == os.SEEK_CUR):
            raise io.UnsupportedOperation("text is sought to its beginning and its end only")
        if whence not in (os.SEEK_SET, os.SEEK_CUR, os.SEEK_END):
            raise ValueError(f"invalid whence: {whence!r}")
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell()}.get(whence)
        position = offset + (int((await self._call("fs.stat"))["size"]) if start is None else start)
        if position < 0:
            raise error_of({"code": "EINVAL", "message": f"EINVAL: seek '{self.name}'", "path": self.name})
        self._ahead = b""
        self._position = position
        if self._decoder is not None:
            self._decode_anew()
        return position

    def tell(self) -> int:
        """Of text, where its bytes were read or written to."""
        return self._position - len(self._ahead) + len(self._behind)

    async def truncate(self, size: Optional[int] = None) -> int:
        await self._assert_for("writable")
        await self.flush()
        length = self.tell() if size is None else size
        await self._call("fs.truncate", size=length)
        return length

    async def flush(self) -> None:
        """Gives what is buffered to the owner."""
        self._assert_open()
        while self._behind:
            piece = bytes(self._behind[:MAX_DATA_BYTES])
            await self._call("fs.write", offset=self._position, data=piece)
            del self._behind[: len(piece)]
            self._position += len(piece)

    async def close(self) -> None:
        """Idempotent."""
        if self.closed:
            return
        try:
            await self.flush()
        finally:
            self.closed = True
            try:
                await self._workspace.call("fs.close", handle=self._handle)
            except AgentFSError as error:
                # The owner, and with it the handle, has gone: nothing is left to be closed.
                if error.code not in GONE:
                    raise

    async def __aenter__(self) -> "AsyncFile[Content]":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[Content]:
        while True:
            line = await self.readline()
            if not line:
                return
            yield line

    async def _read_bytes(self, size: int) -> bytes:
        pieces = [self._ahead if size < 0 else self._ahead[:size]]
        self._ahead = b"" if size < 0 else self._ahead[size:]
        left = -1 if size < 0 else size - len(pieces[0])
        while left != 0:
            wanted = SLICE_BYTES if left < 0 else max(left, self.buffer_bytes)
            data = await self._fetch(min(wanted, MAX_DATA_BYTES))
            if not data:
                break
            taken = data if left < 0 else data[:left]
            pieces.append(taken)
            self._ahead = data[len(taken) :]
            left -= len(taken) if left > 0 else 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _read_more(self) -> bool:
        data = await self._fetch(max(self.buffer_bytes, 1))
        self._ahead += data
        return len(data) > 0

    async def _fetch(self, length: int) -> bytes:
        await self.flush()
        data: bytes = (await self._call("fs.read", offset=self._position, length=length))["data"]
        self._position += len(data)
        return data

    async def _write_bytes(self, data: Union[bytes, memoryview]) -> int:
        if self._ahead:
            self._position -= len(self._ahead)
            self._ahead = b""
        if self.buffer_bytes == 0:
            piece = data[:MAX_DATA_BYTES]
            await self._call("fs.write", offset=self._position, data=piece)
            self._position += len(piece)
            return len(piece)
        for start in range(0, len(data), SLICE_BYTES):
            self._behind += data[start : start + SLICE_BYTES]
            if len(self._behind) >= self.buffer_bytes:
                await self.flush()
        return len(data)

    async def _decode_more(self) -> bool:
        assert self._decoder is not None
        data = self._ahead or await self._fetch(max(self.buffer_bytes, 1))
        self._ahead = b""
        self._text += self._decoder.decode(data, not data)
        return len(data) > 0

    def _decode_anew(self) -> None:
        decoder = codecs.getincrementaldecoder(self._encoding)(self._errors)
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=self._newline is None)
        self._text = ""

    def _take_text(self, size: int) -> str:
        taken, self._text = self._text[:size], self._text[size:]
        return taken

    async def _call(self, method: str, **arguments: Any) -> Any:
        self._assert_open()
        try:
            return await self._workspace.call(method, handle=self._handle, **arguments)
        except AgentFSError as error:
            raise told_of(error, self.name) from None

    def _assert_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    async def _assert_for(self, what: str) -> None:
        self._assert_open()
        if not getattr(self, what)():
            raise io.UnsupportedOperation(f"not {what}")


class Opens:
    """`open`, for the class of workspaces."""

    @overload
    async def open(
        self,
        path: Path,
        mode: "OpenTextMode" = "r",
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = None,
        *,
        create_mode: Optional[int] = None,
    ) -> AsyncFile[str]: ...

    @overload
    async def open(
        self,
        path: Path,
        mode: "OpenBinaryMode",
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = None,
        *,
        create_mode: Optional[int] = None,
    ) -> AsyncFile[bytes]: ...

    @overload
    async def open(
        self,
        path: Path,
        mode: str,
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = None,
        *,
        create_mode: Optional[int] = None,
    ) -> AsyncFile[Any]: ...

    async def open(
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
        file: AsyncFile[Any] = await self._open_raw(path, mode, create_mode)
        if buffering != 0:
            file.buffer_bytes = BUFFER_BYTES if buffering < 2 else buffering
        if "b" not in mode:
            file.as_text(encoding, errors, newline)
        return file

    async def _open_raw(self, path: Path, mode: str, create_mode: Optional[int] = None) -> AsyncFile[bytes]:
        workspace: Any = self
        name = path_of(path)
        opened = await workspace.call("fs.open", path=name, flags=flags_of(mode), mode=create_mode)
        return AsyncFile(workspace, name, mode, opened)
