"""`workspace.sync`: what goes to the remote and comes from it, and what to do where both sides changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Literal, Optional, Sequence, Type, TypeVar, Union

from ..arguments import Path, path_of, text_of
from ..late import models
from ..shapes import params_of, shaped

if TYPE_CHECKING:
    from .workspace import Workspace

T = TypeVar("T")
Conflict = Union["models.SyncConflict", str]
Strategy = Literal["local", "remote", "both", "merge"]
_EVENTS = ("change", "conflict", "status", "progress")


class WorkspaceSync:
    """Each method takes `remote` for another remote than `origin`."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace

    async def enable(
        self,
        turso_db: str,
        token: Optional[str] = None,
        *,
        mode: Optional[models.SyncMode] = None,
        interval: Optional[int] = None,
        conflict_resolution: Optional[models.ConflictPolicy] = None,
        batch_size: Optional[int] = None,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        compression: Optional[bool] = None,
        timeout: Optional[int] = None,
        keep: Optional[str] = None,
        remote: Optional[str] = None,
    ) -> models.SyncStatus:
        """
        Connects the workspace to a libSQL database. `interval`: seconds between periodic syncs. `batch_size`: files a commit.
        `timeout`: seconds a request may take. `keep`: how long replaced versions are kept (`30d`, `12h`, `everything`).
        """
        return await self._ask(
            models.SyncStatus,
            "enable",
            turso_db=_absolute(text_of(turso_db, "turso_db")),
            token=token,
            mode=mode,
            interval=interval,
            conflict_resolution=conflict_resolution,
            batch_size=batch_size,
            include=include,
            exclude=exclude,
            compression=compression,
            timeout=timeout,
            keep=keep,
            remote=remote,
        )

    async def disable(self, *, remote: Optional[str] = None) -> None:
        """Forgets the remote here; what is on either side stays."""
        await self._workspace.call("sync.disable", remote=remote)

    async def config(
        self,
        *,
        mode: Optional[models.SyncMode] = None,
        interval: Optional[int] = None,
        conflict_resolution: Optional[models.ConflictPolicy] = None,
        batch_size: Optional[int] = None,
        include: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[str]] = None,
        compression: Optional[bool] = None,
        timeout: Optional[int] = None,
        keep: Optional[str] = None,
        token: Optional[str] = None,
        remote: Optional[str] = None,
    ) -> models.SyncConfig:
        """Changes what is given (as in `enable`) and returns all that is set."""
        changes = params_of(
            mode=mode,
            interval=interval,
            conflict_resolution=conflict_resolution,
            batch_size=batch_size,
            include=include,
            exclude=exclude,
            compression=compression,
            timeout=timeout,
            keep=keep,
            token=token,
        )
        return await self._ask(models.SyncConfig, "config", remote=remote, changes=changes or None)

    async def explain(self, path: Path, *, remote: Optional[str] = None) -> models.FilterExplanation:
        """Which include or exclude pattern decides about a path."""
        return await self._ask(models.FilterExplanation, "explain", path=path_of(path), remote=remote)

    async def push(
        self,
        *,
        force: bool = False,
        dry_run: bool = False,
        timeout: Optional[int] = None,
        remote: Optional[str] = None,
    ) -> models.SyncReport:
        """Raises SyncConflictError where conflicts wait for a person; everything else was pushed."""
        return await self._ask(models.SyncReport, "push", force=force, dry_run=dry_run, timeout=timeout, remote=remote)

    async def pull(
        self,
        *,
        at: Optional[str] = None,
        version: Optional[str] = None,
        force: bool = False,
        dry_run: bool = False,
        timeout: Optional[int] = None,
        remote: Optional[str] = None,
    ) -> models.SyncReport:
        """With `at` (RFC 3339, a date, "2h ago") or `version` (a checkpoint, a revision): the workspace as it was."""
        names: Dict[str, Any] = {"at": at, "version": version, "force": force, "dry_run": dry_run}
        return await self._ask(models.SyncReport, "pull", timeout=timeout, remote=remote, **names)

    async def status(self, *, remote: Optional[str] = None) -> models.SyncStatus:
        return await self._ask(models.SyncStatus, "status", remote=remote)

    async def metrics(self, *, remote: Optional[str] = None) -> models.SyncMetrics:
        return await self._ask(models.SyncMetrics, "metrics", remote=remote)

    async def verify(self, *, remote: Optional[str] = None) -> models.VerifyReport:
        """Compares every hash on both sides; changes nothing."""
        return await self._ask(models.VerifyReport, "verify", remote=remote)

    async def reset(self, *, new_id: bool = False, remote: Optional[str] = None) -> models.SyncStatus:
        """Forgets what was agreed with the remote; every file stays, and the next sync joins both sides anew."""
        return await self._ask(models.SyncStatus, "reset", new_id=new_id, remote=remote)

    async def agents(self, *, remote: Optional[str] = None) -> List[models.AgentInfo]:
        """Who syncs this workspace, the latest seen first."""
        told = await self._workspace.call("sync.agents", remote=remote)
        return [shaped(models.AgentInfo, agent) for agent in told["agents"]]

    async def remotes(self) -> List[str]:
        return list((await self._workspace.call("sync.remotes"))["remotes"])

    async def conflicts(self, *, remote: Optional[str] = None) -> List[models.SyncConflict]:
        """Conflicts that wait to be resolved."""
        told = await self._workspace.call("sync.conflicts", remote=remote)
        return [shaped(models.SyncConflict, conflict) for conflict in told["conflicts"]]

    async def resolve(
        self,
        conflict: Conflict,
        *,
        use_local: bool = False,
        use_remote: bool = False,
        strategy: Optional[Strategy] = None,
        force: bool = False,
        timeout: Optional[int] = None,
        remote: Optional[str] = None,
    ) -> models.ResolveReport:
        """
        Decides a conflict, or all at or below a path, and syncs. Raises SYNC_CONFLICT_CHANGED where it is not as it was listed
        any more.
        """
        how = _decision(use_local, use_remote, strategy, force)
        return await self._ask(
            models.ResolveReport, "resolve", conflict=_reference(conflict), timeout=timeout, remote=remote, **how
        )

    async def resolve_all(
        self,
        *,
        conflicts: Optional[Sequence[Conflict]] = None,
        use_local: bool = False,
        use_remote: bool = False,
        strategy: Optional[Strategy] = None,
        force: bool = False,
        timeout: Optional[int] = None,
        remote: Optional[str] = None,
    ) -> models.ResolveReport:
        """Decides several, or all. What could not be done is in `refused`."""
        chosen = None if conflicts is None else [_reference(one) for one in conflicts]
        how = _decision(use_local, use_remote, strategy, force)
        return await self._ask(models.ResolveReport, "resolve", conflicts=chosen, timeout=timeout, remote=remote, **how)

    async def compare(self, conflict: Conflict, *, remote: Optional[str] = None) -> models.ConflictContents:
        """What the versions of a conflict contain, where that is text."""
        return await self._ask(models.ConflictContents, "compare", conflict=_reference(conflict), remote=remote)

    async def on(self, event: str, listener: Callable[[Any], None]) -> Callable[[], None]:
        """
        Hears `change`, `conflict`, `status` or `progress`; the returned function ends it. Threads: the listener is called
        on one of its own. asyncio: by the event loop. What it raises goes to `threading.excepthook` or the loop's exception
        handler, and the next events are heard.
        """
        if event not in _EVENTS:
            raise ValueError(f"there is no event {event!r}; there are {', '.join(_EVENTS)}")

        def hear(_: str, payload: Any) -> None:
            if event == "conflict":
                listener([shaped(models.SyncConflict, one) for one in payload])
            elif event == "change":
                listener(shaped(models.SyncReport, payload))
            elif event == "status":
                listener(shaped(models.SyncStatus, payload))
            else:
                listener(shaped(models.SyncProgress, payload))

        return await self._workspace.events(hear, [f"sync.{event}"])

    async def _ask(self, result: Type[T], method: str, **arguments: Any) -> T:
        return await self._workspace.ask(result, f"sync.{method}", **arguments)


def _decision(use_local: bool, use_remote: bool, strategy: Optional[Strategy], force: bool) -> Dict[str, Any]:
    return {"use_local": use_local or None, "use_remote": use_remote or None, "strategy": strategy, "force": force or None}


def _reference(conflict: Conflict) -> Union[str, Dict[str, str]]:
    if isinstance(conflict, str):
        return conflict
    # Whatever has both names one: what a program has kept of a conflict, too.
    if hasattr(conflict, "id") and hasattr(conflict, "path"):
        return {"id": conflict.id, "path": conflict.path}
    raise TypeError(f"conflict must be a SyncConflict or a path, not {type(conflict).__name__}")


def _absolute(address: str) -> str:
    """A relative `file:` address is one of this process's directory."""
    if not address.startswith("file:") or address.startswith("file:/"):
        return address
    return f"file:{os.path.abspath(address[len('file:'):])}"
