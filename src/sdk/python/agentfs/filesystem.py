"""
Workspaces for everything that opens files by fsspec (pandas, pyarrow, dask): `agentfs://workspace/path`.

The extra `agentfs[fsspec]` brings fsspec, which is imported here only. `home` is a storage option, as of AgentFS.
"""

from __future__ import annotations

import os
import threading
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Tuple

from fsspec.spec import AbstractFileSystem

from .client import AgentFS
from .errors import AgentFSError
from .models import StatRecord
from .workspace import Workspace


class AgentFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """A path's first part is the workspace; the root lists them. One is made by `makedirs` or `mkdir` of its name."""

    protocol = "agentfs"
    root_marker = ""

    def __init__(self, home: Optional[str] = None, **options: Any) -> None:
        super().__init__(**options)
        self._afs = AgentFS(home)
        self._lock = threading.Lock()
        self._workspaces: Dict[str, Workspace] = {}

    def close(self) -> None:
        """Everything is durable when it returns; a program's end does so too."""
        type(self).clear_instance_cache()
        self._afs.close()

    def ls(self, path: str, detail: bool = True, **options: Any) -> List[Any]:
        name, within = self._place(path)
        if name == "":
            found = [_directory(one.name) for one in self._afs.workspace.list()]
        else:
            workspace = self._workspace(name)
            about = self.info(path)
            if about["type"] != "directory":
                found = [about]
            else:
                entries = workspace.scandir(within)
                found = [_told(f"{name}{within.rstrip('/')}/{one.name}", one.stat) for one in entries if one.stat]
        return found if detail else sorted(one["name"] for one in found)

    def info(self, path: str, **options: Any) -> Dict[str, Any]:
        name, within = self._place(path)
        if name == "":
            return _directory("")
        workspace = self._workspace(name)
        return _told(self._strip_protocol(path), workspace.stat(within))

    def mkdir(self, path: str, create_parents: bool = True, **options: Any) -> None:
        name, within = self._place(path)
        if within == "/":
            self._keep(self._afs.workspace.create(name, exist="error"))
        else:
            self._workspace(name).mkdir(within, parents=create_parents)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        name, within = self._place(path)
        workspace = self._keep(self._afs.workspace.create(name, exist="open" if exist_ok or within != "/" else "error"))
        if within != "/":
            if not exist_ok and workspace.exists(within):
                raise FileExistsError(path)
            workspace.mkdir(within, parents=True)

    def rmdir(self, path: str) -> None:
        name, within = self._place(path)
        self._workspace(name).rmdir(within)

    def _rm(self, path: str) -> None:
        name, within = self._place(path)
        self._workspace(name).unlink(within)

    def rm(self, path: Any, recursive: bool = False, maxdepth: Optional[int] = None) -> None:
        """A workspace itself is not removed by this: `agentfs workspace delete`."""
        for one in [path] if isinstance(path, str) else path:
            name, within = self._place(one)
            self._workspace(name).rm(within, recursive=recursive)

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:
        (name, within), (other, target) = self._place(path1), self._place(path2)
        if self.isdir(path1):
            self.makedirs(path2, exist_ok=True)
        elif name == other:
            self._workspace(name).copy_file(within, target)
        else:
            with self._workspace(name).open(within, "rb") as source, self._workspace(other).open(target, "wb") as sink:
                for piece in iter(lambda: source.read(self.blocksize), b""):
                    sink.write(piece)

    def mv(self, path1: str, path2: str, **options: Any) -> None:
        (name, within), (other, target) = self._place(path1), self._place(path2)
        if name == other:
            self._workspace(name).rename(within, target)
        else:
            super().mv(path1, path2, **options)

    def touch(self, path: str, truncate: bool = True, **options: Any) -> None:
        name, within = self._place(path)
        workspace = self._workspace(name)
        if truncate or not workspace.exists(within):
            workspace.write_file(within, b"")
        else:
            workspace.utimes(within)

    def cat_file(self, path: str, start: Optional[int] = None, end: Optional[int] = None, **options: Any) -> bytes:
        name, within = self._place(path)
        if start is None and end is None:
            return self._workspace(name).read_bytes(within)
        with self._workspace(name).open(within, "rb") as file:
            begin, stop, _ = slice(start, end).indices(file.seek(0, os.SEEK_END))
            file.seek(begin)
            return file.read(max(0, stop - begin))

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        name, within = self._place(path)
        self._workspace(name).write_file(within, value, exclusive=mode == "create")

    def created(self, path: str) -> datetime:
        return self.modified(path)

    def modified(self, path: str) -> datetime:
        return datetime.fromtimestamp(self.info(path)["mtime"], timezone.utc)

    def _open(self, path: str, mode: str = "rb", block_size: Optional[int] = None, **options: Any) -> Any:
        name, within = self._place(path)
        return self._workspace(name).open(within, mode, buffering=block_size if block_size and block_size > 1 else -1)

    def _place(self, path: str) -> Tuple[str, str]:
        """The workspace, and the path in it."""
        name, _, within = self._strip_protocol(path).lstrip("/").partition("/")
        return name, f"/{within}"

    def _workspace(self, name: str) -> Workspace:
        with self._lock:
            known = self._workspaces.get(name)
        if known is not None:
            return known
        try:
            return self._keep(self._afs.workspace.get(name))
        except AgentFSError as error:
            if error.code == "WORKSPACE_NOT_FOUND":
                raise FileNotFoundError(str(error)) from error
            raise

    def _keep(self, workspace: Workspace) -> Workspace:
        with self._lock:
            return self._workspaces.setdefault(workspace.name, workspace)


def _directory(name: str) -> Dict[str, Any]:
    return {"name": name, "size": 0, "type": "directory"}


def _told(name: str, stat: StatRecord) -> Dict[str, Any]:
    kind = {"file": "file", "directory": "directory", "symlink": "link"}.get(stat.kind, "other")
    return {
        "name": name,
        "size": stat.size if kind != "directory" else 0,
        "type": kind,
        "mode": stat.mode,
        "uid": stat.uid,
        "gid": stat.gid,
        "ino": stat.ino,
        "nlink": stat.nlink,
        "mtime": stat.mtime.sec + stat.mtime.nsec / 1e9,
    }
