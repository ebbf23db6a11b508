"""One workspace: its files, its sync, its past."""

from __future__ import annotations

import os
import time
from typing import (
    Any,
    AsyncIterator,
    Callable,
    Dict,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
    overload,
)

from ..arguments import Path, Time, bytes_of, maybe_path, path_of, time_of
from ..errors import AgentFSError
from ..frames import MAX_DATA_BYTES, Buffer
from ..late import models
from ..shapes import params_of, shaped
from .file import Opens
from .home import OPEN_SECONDS, RETRY_SECONDS, OwnerFinder, closed
from .sync import WorkspaceSync
from .wire import Connection, Listening, Lock, sleep

T = TypeVar("T")


class Workspace(Opens):
    """For any number of callers at once. `with` closes it. Paths begin at the workspace's root."""

    def __init__(self, name: str, finder: OwnerFinder) -> None:
        self.name = name
        self.sync = WorkspaceSync(self)
        self.checkpoints = Checkpoints(self)
        self._finder = finder
        self._lock = Lock()
        self._connection: Optional[Connection] = None
        self._listening: List[Listening] = []
        self._process_id = os.getpid()
        self._closed = False

    async def call(self, method: str, **arguments: Any) -> Any:
        """
        Asks the owner anything that it can be asked (src/sdk/openrpc.json); arguments are in snake_case. A call that
        surely did not run is repeated on the next owner; one that may have raises OWNER_GONE.
        """
        params = params_of(**arguments)
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            connection = await self._connected()
            try:
                return await connection.call(method, params)
            except AgentFSError as error:
                if error.code != "OWNER_GONE":
                    raise
                await self._drop(connection)
                if not (error.data or {}).get("notExecuted") or time.monotonic() > deadline:
                    raise
            await sleep(RETRY_SECONDS)

    async def ask(self, result: Type[T], method: str, **arguments: Any) -> T:
        return shaped(result, await self.call(method, **arguments))

    # Files

    @overload
    async def read_file(self, path: Path) -> bytes: ...

    @overload
    async def read_file(self, path: Path, encoding: str) -> str: ...

    async def read_file(self, path: Path, encoding: Optional[str] = None) -> Union[bytes, str]:
        """Bytes, or text where an encoding is given."""
        data = await self.read_bytes(path)
        return data if encoding is None else data.decode(encoding)

    async def read_bytes(self, path: Path) -> bytes:
        try:
            return bytes((await self.call("fs.readFile", path=path_of(path)))["data"])
        except AgentFSError as error:
            if error.code != "EFBIG":
                raise
        async with await self._open_raw(path, "rb") as file:
            return await file.readall()

    async def read_text(self, path: Path, encoding: str = "utf-8") -> str:
        return (await self.read_bytes(path)).decode(encoding)

    async def write_file(
        self, path: Path, data: Union[str, Buffer], *, mode: Optional[int] = None, exclusive: bool = False
    ) -> None:
        """Makes or replaces a file, or with `exclusive` only makes one; up to 4 MiB at once for every reader."""
        await self._write(path, data, "wx" if exclusive else "w", mode)

    async def append_file(self, path: Path, data: Union[str, Buffer]) -> None:
        await self._write(path, data, "a", None)

    async def exists(self, path: Path) -> bool:
        return bool((await self.call("fs.exists", path=path_of(path)))["exists"])

    async def stat(self, path: Path, *, follow_symlinks: bool = True) -> models.StatRecord:
        return await self.ask(models.StatRecord, "fs.stat", path=path_of(path), follow=follow_symlinks)

    async def listdir(self, path: Path = "/") -> List[str]:
        return [entry.name async for entry in self.scandir(path, stat=False)]

    async def scandir(self, path: Path = "/", *, stat: bool = True) -> AsyncIterator[models.ListedEntry]:
        after = None
        while True:
            page = await self.call("fs.readdir", path=path_of(path), after=after, stat=stat)
            for entry in page["entries"]:
                yield shaped(models.ListedEntry, entry)
            after = page["next"]
            if after is None:
                return

    async def walk(self, top: Path = "/") -> AsyncIterator[Tuple[str, List[str], List[str]]]:
        """As os.walk: (directory, names of directories, names of others), from the top down."""
        entries = [entry async for entry in self.scandir(top, stat=False)]
        directories = [entry.name for entry in entries if entry.kind == "directory"]
        yield path_of(top, "top"), directories, [entry.name for entry in entries if entry.kind != "directory"]
        for name in directories:
            async for below in self.walk(os.path.join(path_of(top, "top"), name)):
                yield below

    async def mkdir(self, path: Path, mode: Optional[int] = None, *, parents: bool = False) -> None:
        await self.call("fs.mkdir", path=path_of(path), mode=mode, recursive=parents)

    async def rmdir(self, path: Path) -> None:
        await self.call("fs.rmdir", path=path_of(path))

    async def unlink(self, path: Path) -> None:
        await self.call("fs.unlink", path=path_of(path))

    async def rm(self, path: Path, *, recursive: bool = False, force: bool = False) -> None:
        await self.call("fs.rm", path=path_of(path), recursive=recursive, force=force)

    async def rename(self, source: Path, target: Path, *, no_replace: bool = False, exchange: bool = False) -> None:
        names = {"from": path_of(source, "source"), "to": path_of(target, "target")}
        await self.call("fs.rename", **names, no_replace=no_replace, exchange=exchange)

    async def link(self, existing: Path, path: Path) -> None:
        await self.call("fs.link", existing=path_of(existing, "existing"), path=path_of(path))

    async def symlink(self, target: Path, path: Path) -> None:
        await self.call("fs.symlink", target=path_of(target, "target"), path=path_of(path))

    async def readlink(self, path: Path) -> str:
        return str((await self.call("fs.readlink", path=path_of(path)))["target"])

    async def realpath(self, path: Path) -> str:
        return str((await self.call("fs.realpath", path=path_of(path)))["path"])

    async def chmod(self, path: Path, mode: int) -> None:
        await self.call("fs.chmod", path=path_of(path), mode=mode)

    async def chown(self, path: Path, uid: int, gid: int) -> None:
        await self.call("fs.chown", path=path_of(path), uid=uid, gid=gid)

    async def utimes(
        self,
        path: Path,
        atime: Optional[Time] = None,
        mtime: Optional[Time] = None,
        *,
        ns: Tuple[Optional[int], Optional[int]] = (None, None),
    ) -> None:
        """Seconds since the epoch or datetimes, or both in nanoseconds; what is not given is now."""
        times = {"atime": time_of(atime, ns[0], "atime"), "mtime": time_of(mtime, ns[1], "mtime")}
        await self.call("fs.utimes", path=path_of(path), **times)

    async def truncate(self, path: Path, size: int = 0) -> None:
        await self.call("fs.truncate", path=path_of(path), size=size)

    async def copy_file(self, source: Path, target: Path, *, no_replace: bool = False) -> None:
        names = {"from": path_of(source, "source"), "to": path_of(target, "target")}
        await self.call("fs.copyFile", **names, no_replace=no_replace)

    async def getxattr(self, path: Path, name: str) -> bytes:
        return bytes((await self.call("fs.getxattr", path=path_of(path), name=name))["data"])

    async def setxattr(self, path: Path, name: str, data: Union[str, Buffer]) -> None:
        await self.call("fs.setxattr", path=path_of(path), name=name, data=bytes_of(data))

    async def listxattr(self, path: Path) -> List[str]:
        return list((await self.call("fs.listxattr", path=path_of(path)))["names"])

    async def removexattr(self, path: Path, name: str) -> None:
        await self.call("fs.removexattr", path=path_of(path), name=name)

    async def statfs(self) -> models.FilesystemRecord:
        return await self.ask(models.FilesystemRecord, "fs.statfs")

    # The past

    async def history(self, path: Optional[Path] = None, **options: Any) -> models.HistoryLog:
        """Versions of a file across renames, with those that lost; without a path, the workspace's commits."""
        return await self.ask(models.HistoryLog, "history.log", path=maybe_path(path), **options)

    async def diff(
        self, path: Optional[Path] = None, *, start: Optional[str] = None, end: Optional[str] = None
    ) -> models.DiffReport:
        """What differs between two places in the past; from the last sync to now where none is given."""
        return await self.ask(models.DiffReport, "history.diff", path=maybe_path(path), from_=start, to=end)

    async def restore(
        self, path: Path, *, at: Optional[str] = None, version: Optional[str] = None, dry_run: bool = False
    ) -> models.RestoreReport:
        """Brings a file or folder back as it was, as a change made here; what it replaces stays in history."""
        names = {"path": path_of(path), "at": at, "version": version, "dry_run": dry_run}
        return await self.ask(models.RestoreReport, "history.restore", **names)

    async def audit(self, *, remote: Optional[str] = None, limit: Optional[int] = None) -> models.AuditLog:
        return await self.ask(models.AuditLog, "sync.audit", remote=remote, limit=limit)

    # The owner

    async def info(self) -> models.WorkspaceInfo:
        return await self.ask(models.WorkspaceInfo, "workspace.info")

    async def owner(self) -> models.OwnerInfo:
        return await self.ask(models.OwnerInfo, "owner.info")

    async def check(self) -> List[str]:
        """[] where the database is sound."""
        return list((await self.call("workspace.check"))["problems"])

    async def flush(self) -> None:
        """Makes everything written so far durable."""
        await self.call("owner.flush")

    async def start_owner(self, **options: Any) -> models.OwnerInfo:
        """Has a background process own the workspace, also when this program has ended. `cache_size_bytes`, `schedule`."""
        self._assert_open()
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            await self._finder.start_owner(**options)
            await self._drop(self._connection)
            owner = await self.owner()
            # One that was about to go when it was found may be gone by now.
            if owner.kind == "background" or time.monotonic() > deadline:
                return owner

    async def mount(self, directory: Path, **options: Any) -> "Mount":
        """Mounts on an empty directory; a background process serves it, also when this program has ended."""
        await self.start_owner()
        mountpoint = os.path.abspath(path_of(directory, "directory"))
        return Mount(self, await self.ask(models.MountInfo, "mount.add", mountpoint=mountpoint, **options))

    async def mounts(self) -> List[models.MountInfo]:
        return [shaped(models.MountInfo, mount) for mount in (await self.call("mount.list"))["mounts"]]

    async def unmount(self, directory: Optional[Path] = None, *, force: bool = False) -> List[str]:
        """One directory, or all. Returns what was unmounted, when everything is durable. NOT_MOUNTED where nothing was."""
        mountpoint = None if directory is None else os.path.abspath(path_of(directory, "directory"))
        return list((await self.call("mount.remove", mountpoint=mountpoint, force=force))["removed"])

    async def close(self) -> None:
        """Makes everything durable and leaves. Idempotent."""
        async with self._lock:
            if self._closed:
                return
            self._closed = True
        for listening in self._listening:
            listening.stop()
        await self._drop(self._connection)
        await self._finder.close()

    async def events(self, on_event: Callable[[str, Any], None], names: List[str]) -> Callable[[], None]:
        """Hears events besides all calls, also those of the next owner; the returned function ends it."""
        self._assert_open()
        listening = Listening(self._finder.connect, on_event, names)
        await listening.start()
        self._listening.append(listening)
        return listening.stop

    async def __aenter__(self) -> "Workspace":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Workspace {self.name!r}>"

    async def _write(self, path: Path, data: Union[str, Buffer], flag: str, mode: Optional[int]) -> None:
        content = memoryview(bytes_of(data))
        if len(content) <= MAX_DATA_BYTES:
            await self.call("fs.writeFile", path=path_of(path), data=content, flag=flag, mode=mode)
            return
        python_mode = {"w": "wb", "wx": "xb", "a": "ab"}[flag]
        async with await self._open_raw(path, python_mode, mode) as file:
            while len(content) > 0:
                content = content[await file.write(content) :]

    async def _connected(self) -> Connection:
        if self._process_id != os.getpid():
            # After a fork the connection is the parent's.
            self._lock = Lock()
            self._process_id = os.getpid()
            self._listening = []
            if self._connection is not None:
                self._connection.forget()
                self._connection = None
        async with self._lock:
            self._assert_open()
            if self._connection is None or not self._connection.usable:
                if self._connection is not None:
                    self._connection.close()
                self._connection = await self._finder.connect()
            return self._connection

    def _assert_open(self) -> None:
        if self._closed:
            raise closed(f"workspace '{self.name}' is closed")

    async def _drop(self, connection: Optional[Connection]) -> None:
        if connection is None:
            return
        async with self._lock:
            if self._connection is connection:
                self._connection = None
        connection.close()


class Checkpoints:
    """Names for states of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def create(self, name: str, *, remote: Optional[str] = None) -> models.Checkpoint:
        """Pushes and pulls what is pending first, so that it names what is here."""
        return await self._workspace.ask(models.Checkpoint, "checkpoint.create", name=name, remote=remote)

    async def list(self, *, remote: Optional[str] = None) -> List[models.Checkpoint]:
        """The newest first."""
        told: Mapping[str, Any] = await self._workspace.call("checkpoint.list", remote=remote)
        return [shaped(models.Checkpoint, one) for one in told["checkpoints"]]

    async def delete(self, name: str, *, remote: Optional[str] = None) -> None:
        await self._workspace.call("checkpoint.delete", name=name, remote=remote)


class Mount:
    """A mounted directory; `with` unmounts it."""

    def __init__(self, workspace: Workspace, info: models.MountInfo) -> None:
        self.info = info
        self._workspace = workspace

    async def unmount(self, *, force: bool = False) -> None:
        """Returns when everything is durable. MOUNTPOINT_BUSY while in use, unless forced."""
        await self._workspace.unmount(self.info.mountpoint, force=force)

    async def __aenter__(self) -> "Mount":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.unmount()
