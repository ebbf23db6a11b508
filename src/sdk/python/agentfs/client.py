"""AgentFS: one agent's home and the workspaces in it. Two homes are two agents, also on one machine."""

from __future__ import annotations

import json
import os
import threading
import weakref
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

from . import models
from .connection import Connection
from .errors import AgentFSError, error_of
from .shapes import params_of, shaped
from .streams import ProcessStream, SocketStream
from .version import VERSION
from .workspace import Workspace

PathLike = Union[str, "os.PathLike[str]"]


class AgentFS:
    """`home` is AGENTFS_HOME by default, then $XDG_DATA_HOME/agentfs, then ~/.local/share/agentfs."""

    def __init__(self, home: Optional[PathLike] = None) -> None:
        self.home = _resolve_home(home)
        self._process = HomeProcess(str(self.home))
        self.workspace = Workspaces(self._process, self.home)

    def call(self, method: str, **arguments: Any) -> Any:
        """Asks `agentfs rpc` anything that it can be asked (`home.…` in src/sdk/openrpc.json)."""
        return self._process.call(method, params_of(**arguments))

    def close(self) -> None:
        """Closes the workspaces, too: everything that was written is durable when it returns."""
        self.workspace.close_all()
        self._process.close()

    def __enter__(self) -> "AgentFS":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Workspaces:
    """The workspaces of one home."""

    def __init__(self, process: "HomeProcess", home: Path) -> None:
        self._process = process
        self._home = home
        self._opened: "weakref.WeakSet[Workspace]" = weakref.WeakSet()

    def close_all(self) -> None:
        for workspace in list(self._opened):
            workspace.close()

    def create(self, name: str, *, db: Optional[PathLike] = None, exist: str = "open") -> Workspace:
        """Makes a workspace; one that is there is opened, or with exist="error" is WORKSPACE_EXISTS."""
        params = params_of(name=name, db=None if db is None else os.path.abspath(db), exist=exist)
        place = shaped(models.OwnerPlace, self._process.call("home.create", params))
        return self._workspace(place.name, place.database)

    def get(self, name: str) -> Workspace:
        """Raises WORKSPACE_NOT_FOUND."""
        database = _database_of(self._home, name)
        if database is None:
            place = shaped(models.WorkspacePlace, self._process.call("home.get", {"name": name}))
            database = place.database
        return self._workspace(name, database)

    def list(self) -> "List[models.HomeListResultWorkspaces]":
        told = shaped(models.HomeListResult, self._process.call("home.list", {}))
        return [*told.workspaces]

    def delete(self, name: str) -> Optional[str]:
        """Returns the database that `db` had put elsewhere, which stays. Raises WORKSPACE_BUSY while it is in use."""
        return shaped(models.HomeDeleteResult, self._process.call("home.delete", {"name": name})).kept

    def _workspace(self, name: str, database: str) -> Workspace:
        workspace = Workspace(name, OwnerFinder(self._process, name, database))
        self._opened.add(workspace)
        return workspace


class HomeProcess:
    """`agentfs rpc`, started when it is first needed and ended with this program."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._connection: Optional[Connection] = None
        self._stream: Optional[ProcessStream] = None
        _living.add(self)

    @property
    def runs(self) -> bool:
        return self._connection is not None and not self._connection.closed

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        return self._started().call(method, params)

    def close(self) -> None:
        with self._lock:
            connection, self._connection, self._stream = self._connection, None, None
        if connection is not None:
            connection.close()

    def forget(self) -> None:
        """In a forked child: what the parent started is the parent's."""
        self._lock = threading.Lock()
        if self._stream is not None:
            self._stream.forget()
        self._connection, self._stream = None, None

    def _started(self) -> Connection:
        with self._lock:
            if self._connection is None or self._connection.closed:
                self._stream = ProcessStream(self._home)
                try:
                    self._connection = Connection(self._stream, VERSION)
                except AgentFSError as error:
                    complaint = self._stream.complaint
                    if error.code != "OWNER_GONE" or complaint == "":
                        raise
                    raise error_of(
                        {
                            "code": "OWNER_UNREACHABLE",
                            "message": f"agentfs rpc ended at once: {complaint}",
                            "operation": "start agentfs rpc",
                        }
                    ) from error
            return self._connection


class OwnerFinder:
    """The way to a workspace's owner: by the record that it leaves beside the database, else by `agentfs rpc`."""

    def __init__(self, process: HomeProcess, name: str, database: str) -> None:
        self.process = process
        self.name = name
        self._record = Path(f"{os.path.realpath(database)}-owner.json")

    def connect(self, on_event: Any = None) -> Connection:
        try:
            return Connection(SocketStream(self._recorded_socket()), VERSION, on_event)
        except (OSError, LookupError) as error:
            if isinstance(error, AgentFSError) and error.code != "OWNER_GONE":
                raise
        place = shaped(models.OwnerPlace, self.process.call("home.open", {"name": self.name}))
        return Connection(SocketStream(place.socket), VERSION, on_event)

    def start_owner(self, **options: Any) -> None:
        self.process.call("home.startOwner", {"name": self.name, **params_of(**options)})

    def close(self) -> None:
        if self.process.runs:
            self.process.call("home.close", {"name": self.name})

    def _recorded_socket(self) -> str:
        record: Dict[str, Any] = json.loads(self._record.read_text())
        return str(record["socket"])


def _resolve_home(home: Optional[PathLike]) -> Path:
    given = os.fspath(home) if home is not None else os.environ.get("AGENTFS_HOME") or None
    if given is not None:
        return Path(os.path.abspath(given))
    data = os.environ.get("XDG_DATA_HOME")
    return Path(data, "agentfs") if data else Path.home() / ".local" / "share" / "agentfs"


def _database_of(home: Path, name: str) -> Optional[str]:
    """None where this cannot tell, so that `agentfs rpc` is asked and says why."""
    if not name or "/" in name or name.startswith("."):
        return None
    directory = home / "workspaces" / name
    try:
        record: Dict[str, Any] = json.loads((directory / "workspace.json").read_text())
    except (OSError, ValueError):
        return None
    return str(record.get("database") or directory / "workspace.db")


_living: "weakref.WeakSet[HomeProcess]" = weakref.WeakSet()


def _forget_all() -> None:
    for process in list(_living):
        process.forget()


os.register_at_fork(after_in_child=_forget_all)
