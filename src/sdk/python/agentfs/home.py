# Made from aio/home.py by `npm run protocol`: change that.
"""The processes behind a home: `agentfs rpc`, started when it is first needed, and the owners of its workspaces."""

from __future__ import annotations

import atexit
import json
import os
import time
import weakref
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from .arguments import Path as GivenPath
from .arguments import path_of
from .dialogue import Listener
from .errors import AgentFSError, error_of
from .late import models
from .shapes import params_of, shaped
from .wire import CommandLink, Connection, Lock, sleep

OPEN_SECONDS = 10.0
"""How long a call looks for an owner: one that is ending refuses what comes until it has closed the database."""
RETRY_SECONDS = 0.015


class HomeProcess:
    """Ended with this program, or when it is closed."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._lock = Lock()
        self._link: Optional[CommandLink] = None
        self._process_id = os.getpid()
        self._closed = False
        _living.add(self)

    @property
    def runs(self) -> bool:
        return self._link is not None and self._process_id == os.getpid() and self._link.connection.usable

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        return (self._started()).call(method, params)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            link, self._link = self._link, None
            if link is not None:
                link.close()

    def assert_open(self) -> None:
        """Raises CLOSED."""
        if self._closed:
            raise closed(f"the AgentFS of {self._home} is closed")

    def forget(self) -> None:
        """In a forked child: what the parent started is the parent's."""
        self._lock = Lock()
        self._process_id = os.getpid()
        if self._link is not None:
            self._link.forget()
            self._link = None

    def _started(self) -> Connection:
        with self._lock:
            self.assert_open()
            if self._link is not None and not self._link.connection.usable:
                gone, self._link = self._link, None
                gone.close()
            if self._link is None:
                self._link = CommandLink.start(self._home)
            return self._link.connection


class OwnerFinder:
    """The way to a workspace's owner: by the record that it leaves beside the database, else by `agentfs rpc`."""

    def __init__(self, process: HomeProcess, name: str, database: str) -> None:
        self._process = process
        self._name = name
        self._record = Path(f"{os.path.realpath(database)}-owner.json")

    def connect(self, on_event: Optional[Listener] = None) -> Connection:
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            try:
                return Connection.open(self._recorded_socket(), on_event)
            except (OSError, LookupError, ValueError) as error:
                _assert_absent(error)
            try:
                answer = self._process.call("home.open", {"name": self._name})
                return Connection.open(shaped(models.OwnerPlace, answer).socket, on_event)
            except OSError as error:
                # It may have left between the two.
                _assert_absent(error)
                if time.monotonic() > deadline:
                    raise
            sleep(RETRY_SECONDS)

    def start_owner(self, **options: Any) -> None:
        self._process.call("home.startOwner", {"name": self._name, **params_of(**options)})

    def close(self) -> None:
        if self._process.runs:
            self._process.call("home.close", {"name": self._name})

    def _recorded_socket(self) -> str:
        record: Dict[str, Any] = json.loads(self._record.read_text())
        return str(record["socket"])


def closed(message: str) -> AgentFSError:
    hint = "Make another one; what was written before it was closed is durable."
    return error_of({"code": "CLOSED", "message": message, "operation": "use after close", "hint": hint})


def database_of(home: Path, name: str) -> Optional[str]:
    """None where this cannot tell, so that `agentfs rpc` is asked and says why."""
    if not name or "/" in name or name.startswith("."):
        return None
    directory = home / "workspaces" / name
    try:
        record: Dict[str, Any] = json.loads((directory / "workspace.json").read_text())
    except (OSError, ValueError):
        return None
    return str(record.get("database") or directory / "workspace.db")


def resolve_home(home: Optional[GivenPath]) -> Path:
    given = path_of(home, "home") if home is not None else os.environ.get("AGENTFS_HOME") or None
    if given is not None:
        return Path(os.path.abspath(given))
    data = os.environ.get("XDG_DATA_HOME")
    return Path(data, "agentfs") if data else Path.home() / ".local" / "share" / "agentfs"


def _assert_absent(error: Exception) -> None:
    """Raises what says more than that nobody is there."""
    if isinstance(error, AgentFSError) and error.code != "OWNER_GONE":
        raise error


_living: "weakref.WeakSet[HomeProcess]" = weakref.WeakSet()


def _forget_all() -> None:
    for process in list(_living):
        process.forget()


def _close_all() -> None:
    """A program that ends without closing still leaves everything durable."""
    for process in list(_living):
        process.close()


os.register_at_fork(after_in_child=_forget_all)
atexit.register(_close_all)
