# Made from aio/workspace.py by `npm run protocol`: change that.
"""One workspace: its files, its sync, its past."""

from __future__ import annotations

import os
import time
from typing import (
    Any,
    Iterator,
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

from .arguments import Path, Time, bytes_of, maybe_path, path_of, time_of
from .errors import AgentFSError
from .frames import MAX_DATA_BYTES, Buffer
from .late import models
from .shapes import params_of, shaped
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

    def call(self, method: str, **arguments: Any) -> Any:
        """
        Asks the owner anything that it can be asked (src/sdk/openrpc.json); arguments are in snake_case. A call that
        surely did not run is repeated on the next owner; one that may have raises OWNER_GONE.
        """
        params = params_of(**arguments)
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            connection = self._connected()
            try:
                return connection.call(method, params)
            except AgentFSError as error:
                if error.code != "OWNER_GONE":
                    raise
                self._drop(connection)
                if not (error.data or {}).get("notExecuted") or time.monotonic() > deadline:
                    raise
            sleep(RETRY_SECONDS)

    def ask(self, result: Type[T], method: str, **arguments: Any) -> T:
        return shaped(result, self.call(method, **arguments))

    # Files

    @overload
    def read_file(self, path: Path) -> bytes: ...

    @overload
    def read_file(self, path: Path, encoding: str) -> str: ...

    def read_file(self, path: Path, encoding: Optional[str] = None) -> Union[bytes, str]:
        """Bytes, or text where an encoding is given."""
        data = self.read_bytes(path)
        return data if encoding is None else data.decode(encoding)

    def read_bytes(self, path: Path) -> bytes:
        try:
            return bytes((self.call("fs.readFile", path=path_of(path)))["data"])
        except AgentFSError as error:
            if error.code != "EFBIG":
                raise
        with self._open_raw(path, "rb") as file:
            return file.readall()

    def read_text(self, path: Path, encoding: str = "utf-8") -> str:
        return (self.read_bytes(path)).decode(encoding)

    def write_file(
        self, path: Path, data: Union[str, Buffer], *, mode: Optional[int] = None, exclusive: bool = False
    ) -> None:
        """Makes or replaces a file, or with `exclusive` only makes one; up to 4 MiB at once for every reader."""
        self._write(path, data, "wx" if exclusive else "w", mode)

    def append_file(self, path: Path, data: Union[str, Buffer]) -> None:
        self._write(path, data, "a", None)

    def exists(self, path: Path) -> bool:
        return bool((self.call("fs.exists", path=path_of(path)))["exists"])

    def stat(self, path: Path, *, follow_symlinks: bool = True) -> models.StatRecord:
        return self.ask(models.StatRecord, "fs.stat", path=path_of(path), follow=follow_symlinks)

    def listdir(self, path: Path = "/") -> List[str]:
        return [entry.name for entry in self.scandir(path, stat=False)]

    def scandir(self, path: Path = "/", *, stat: bool = True) -> Iterator[models.ListedEntry]:
        after = None
        while True:
            page = self.call("fs.readdir", path=path_of(path), after=after, stat=stat)
            for entry in page["entries"]:
                yield shaped(models.ListedEntry, entry)
            after = page["next"]
            if after is None:
                return

    def walk(self, top: Path = "/") -> Iterator[Tuple[str, List[str], List[str]]]:
        """As os.walk: (directory, names of directories, names of others), from the top down."""
        entries = [entry for entry in self.scandir(top, stat=False)]
        directories = [entry.name for entry in entries if entry.kind == "directory"]
        yield path_of(top, "top"), directories, [entry.name for entry in entries if entry.kind != "directory"]
        for name in directories:
            for below in self.walk(os.path.join(path_of(top, "top"), name)):
                yield below

    def mkdir(self, path: Path, mode: Optional[int] = None, *, parents: bool = False) -> None:
        self.call("fs.mkdir", path=path_of(path), mode=mode, recursive=parents)

    def rmdir(self, path: Path) -> None:
        self.call("fs.rmdir", path=path_of(path))

    def unlink(self, path: Path) -> None:
        self.call("fs.unlink", path=path_of(path))

    def rm(self, path: Path, *, recursive: bool = False, force: bool = False) -> None:
        self.call("fs.rm", path=path_of(path), recursive=recursive, force=force)

    def rename(self, source: Path, target: Path, *, no_replace: bool = False, exchange: bool = False) -> None:
        names = {"from": path_of(source, "source"), "to": path_of(target, "target")}
        self.call("fs.rename", **names, no_replace=no_replace, exchange=exchange)

    def link(self, existing: Path, path: Path) -> None:
        self.call("fs.link", existing=path_of(existing, "existing"), path=path_of(path))

    def symlink(self, target: Path, path: Path) -> None:
        self.call("fs.symlink", target=path_of(target, "target"), path=path_of(path))

    def readlink(self, path: Path) -> str:
        return str((self.call("fs.readlink", path=path_of(path)))["target"])

    def realpath(self, path: Path) -> str:
        return str((self.call("fs.realpath", path=path_of(path)))["path"])

    def chmod(self, path: Path, mode: int) -> None:
        self.call("fs.chmod", path=path_of(path), mode=mode)

    def chown(self, path: Path, uid: int, gid: int) -> None:
        self.call("fs.chown", path=path_of(path), uid=uid, gid=gid)

    def utimes(
        self,
        path: Path,
        atime: Optional[Time] = None,
        mtime: Optional[Time] = None,
        *,
        ns: Tuple[Optional[int], Optional[int]] = (None, None),
    ) -> None:
        """Seconds since the epoch or datetimes, or both in nanoseconds; what is not given is now."""
        times = {"atime": time_of(atime, ns[0], "atime"), "mtime": time_of(mtime, ns[1], "mtime")}
        self.call("fs.utimes", path=path_of(path), **times)

    def truncate(self, path: Path, size: int = 0) -> None:
        self.call("fs.truncate", path=path_of(path), size=size)

    def copy_file(self, source: Path, target: Path, *, no_replace: bool = False) -> None:
        names = {"from": path_of(source, "source"), "to": path_of(target, "target")}
        self.call("fs.copyFile", **names, no_replace=no_replace)

    def getxattr(self, path: Path, name: str) -> bytes:
        return bytes((self.call("fs.getxattr", path=path_of(path), name=name))["data"])

    def setxattr(self, path: Path, name: str, data: Union[str, Buffer]) -> None:
        self.call("fs.setxattr", path=path_of(path), name=name, data=bytes_of(data))

    def listxattr(self, path: Path) -> List[str]:
        return list((self.call("fs.listxattr", path=path_of(path)))["names"])

    def removexattr(self, path: Path, name: str) -> None:
        self.call("fs.removexattr", path=path_of(path), name=name)

    def statfs(self) -> models.FilesystemRecord:
        return self.ask(models.FilesystemRecord, "fs.statfs")

    # The past

    def history(self, path: Optional[Path] = None, **options: Any) -> models.HistoryLog:
        """Versions of a file across renames, with those that lost; without a path, the workspace's commits."""
        return self.ask(models.HistoryLog, "history.log", path=maybe_path(path), **options)

    def diff(
        self, path: Optional[Path] = None, *, start: Optional[str] = None, end: Optional[str] = None
    ) -> models.DiffReport:
        """What differs between two places in the past; from the last sync to now where none is given."""
        return self.ask(models.DiffReport, "history.diff", path=maybe_path(path), from_=start, to=end)

    def restore(
        self, path: Path, *, at: Optional[str] = None, version: Optional[str] = None, dry_run: bool = False
    ) -> models.RestoreReport:
        """Brings a file or folder back as it was, as a change made here; what it replaces stays in history."""
        names = {"path": path_of(path), "at": at, "version": version, "dry_run": dry_run}
        return self.ask(models.RestoreReport, "history.restore", **names)

    def audit(self, *, remote: Optional[str] = None, limit: Optional[int] = None) -> models.AuditLog:
        return self.ask(models.AuditLog, "sync.audit", remote=remote, limit=limit)

    # The owner

    def info(self) -> models.WorkspaceInfo:
        return self.ask(models.WorkspaceInfo, "workspace.info")

    def owner(self) -> models.OwnerInfo:
        return self.ask(models.OwnerInfo, "owner.info")

    def check(self) -> List[str]:
        """[] where the database is sound."""
        return list((self.call("workspace.check"))["problems"])

    def flush(self) -> None:
        """Makes everything written so far durable."""
        self.call("owner.flush")

    def start_owner(self, **options: Any) -> models.OwnerInfo:
        """Has a background process own the workspace, also when this program has ended. `cache_size_bytes`, `schedule`."""
        self._assert_open()
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            self._finder.start_owner(**options)
            self._drop(self._connection)
            owner = self.owner()
            # One that was about to go when it was found may be gone by now.
            if owner.kind == "background" or time.monotonic() > deadline:
                return owner

    def mount(self, directory: Path, **options: Any) -> "Mount":
        """Mounts on an empty directory; a background process serves it, also when this program has ended."""
        self.start_owner()
        mountpoint = os.path.abspath(path_of(directory, "directory"))
        return Mount(self, self.ask(models.MountInfo, "mount.add", mountpoint=mountpoint, **options))

    def mounts(self) -> List[models.MountInfo]:
        return [shaped(models.MountInfo, mount) for mount in (self.call("mount.list"))["mounts"]]

    def unmount(self, directory: Optional[Path] = None, *, force: bool = False) -> List[str]:
        """One directory, or all. Returns what was unmounted, when everything is durable. NOT_MOUNTED where nothing was."""
        mountpoint = None if directory is None else os.path.abspath(path_of(directory, "directory"))
        return list((self.call("mount.remove", mountpoint=mountpoint, force=force))["removed"])

    def close(self) -> None:
        """Makes everything durable and leaves. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for listening in self._listening:
            listening.stop()
        self._drop(self._connection)
        self._finder.close()

    def events(self, on_event: Callable[[str, Any], None], names: List[str]) -> Callable[[], None]:
        """Hears events besides all calls, also those of the next owner; the returned function ends it."""
        self._assert_open()
        listening = Listening(self._finder.connect, on_event, names)
        listening.start()
        self._listening.append(listening)
        return listening.stop

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Workspace {self.name!r}>"

    def _write(self, path: Path, data: Union[str, Buffer], flag: str, mode: Optional[int]) -> None:
        content = memoryview(bytes_of(data))
        if len(content) <= MAX_DATA_BYTES:
            self.call("fs.writeFile", path=path_of(path), data=content, flag=flag, mode=mode)
            return
        python_mode = {"w": "wb", "wx": "xb", "a": "ab"}[flag]
        with self._open_raw(path, python_mode, mode) as file:
            while len(content) > 0:
                content = content[file.write(content) :]

    def _connected(self) -> Connection:
        if self._process_id != os.getpid():
            # After a fork the connection is the parent's.
            self._lock = Lock()
            self._process_id = os.getpid()
            self._listening = []
            if self._connection is not None:
                self._connection.forget()
                self._connection = None
        with self._lock:
            self._assert_open()
            if self._connection is None or not self._connection.usable:
                if self._connection is not None:
                    self._connection.close()
                self._connection = self._finder.connect()
            return self._connection

    def _assert_open(self) -> None:
        if self._closed:
            raise closed(f"workspace '{self.name}' is closed")

    def _drop(self, connection: Optional[Connection]) -> None:
        if connection is None:
            return
        with self._lock:
            if self._connection is connection:
                self._connection = None
        connection.close()


class Checkpoints:
    """Names for states of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def create(self, name: str, *, remote: Optional[str] = None) -> models.Checkpoint:
        """Pushes and pulls what is pending first, so that it names what is here."""
        return self._workspace.ask(models.Checkpoint, "checkpoint.create", name=name, remote=remote)

    def list(self, *, remote: Optional[str] = None) -> List[models.Checkpoint]:
        """The newest first."""
        told: Mapping[str, Any] = self._workspace.call("checkpoint.list", remote=remote)
        return [shaped(models.Checkpoint, one) for one in told["checkpoints"]]

    def delete(self, name: str, *, remote: Optional[str] = None) -> None:
        self._workspace.call("checkpoint.delete", name=name, remote=remote)


class Mount:
    """A mounted directory; `with` unmounts it."""

    def __init__(self, workspace: Workspace, info: models.MountInfo) -> None:
        self.info = info
        self._workspace = workspace

    def unmount(self, *, force: bool = False) -> None:
        """Returns when everything is durable. MOUNTPOINT_BUSY while in use, unless forced."""
        self._workspace.unmount(self.info.mountpoint, force=force)

    def __enter__(self) -> "Mount":
        return self

    def __exit__(self, *_: object) -> None:
        self.unmount()
