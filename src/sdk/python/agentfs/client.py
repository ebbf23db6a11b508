# Made from aio/client.py by `npm run protocol`: change that.
"""AgentFS: one agent's home and the workspaces in it. Two homes are two agents, also on one machine."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any, List, Optional

from .arguments import Path as GivenPath
from .arguments import path_of, text_of
from .late import models
from .shapes import params_of, shaped
from .face import AsyncFace
from .home import HomeProcess, OwnerFinder, database_of, resolve_home
from .workspace import Workspace


class AgentFS:
    """`home` is AGENTFS_HOME by default, then $XDG_DATA_HOME/agentfs, then ~/.local/share/agentfs."""

    aio = AsyncFace()
    """The same for asyncio: `with AgentFS.aio() as afs`."""

    def __init__(self, home: Optional[GivenPath] = None) -> None:
        self.home = resolve_home(home)
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

    def __repr__(self) -> str:
        return f"<AgentFS {str(self.home)!r}>"


class Workspaces:
    """The workspaces of one home."""

    def __init__(self, process: HomeProcess, home: Path) -> None:
        self._process = process
        self._home = home
        self._opened: "weakref.WeakSet[Workspace]" = weakref.WeakSet()

    def create(self, name: str, *, db: Optional[GivenPath] = None, exist: str = "open") -> Workspace:
        """Makes a workspace; one that is there is opened, or with exist="error" is WORKSPACE_EXISTS."""
        place = None if db is None else os.path.abspath(path_of(db, "db"))
        params = params_of(name=text_of(name, "name"), db=place, exist=exist)
        made = shaped(models.OwnerPlace, self._process.call("home.create", params))
        return self._workspace(made.name, made.database)

    def get(self, name: str) -> Workspace:
        """Raises WORKSPACE_NOT_FOUND."""
        self._process.assert_open()
        database = database_of(self._home, text_of(name, "name"))
        if database is None:
            answer = self._process.call("home.get", {"name": name})
            database = shaped(models.WorkspacePlace, answer).database
        return self._workspace(name, database)

    def list(self) -> "List[models.HomeListResultWorkspaces]":
        told = shaped(models.HomeListResult, self._process.call("home.list", {}))
        return [*told.workspaces]

    def delete(self, name: str) -> Optional[str]:
        """Returns the database that `db` had put elsewhere, which stays. Raises WORKSPACE_BUSY while it is in use."""
        answer = self._process.call("home.delete", {"name": text_of(name, "name")})
        return shaped(models.HomeDeleteResult, answer).kept

    def close_all(self) -> None:
        for workspace in [*self._opened]:
            workspace.close()

    def _workspace(self, name: str, database: str) -> Workspace:
        workspace = Workspace(name, OwnerFinder(self._process, name, database))
        self._opened.add(workspace)
        return workspace
