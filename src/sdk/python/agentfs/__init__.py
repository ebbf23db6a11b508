"""AgentFS: workspaces for AI agents, synced to Turso (libSQL)."""

from typing import TYPE_CHECKING

from .client import AgentFS, Workspaces
from .errors import AgentFSError, SyncConflictError
from .file import WorkspaceFile
from .sync import WorkspaceSync
from .version import VERSION
from .workspace import Checkpoints, Mount, Workspace

if TYPE_CHECKING:
    from .models import SyncConflict, SyncMetrics, SyncReport, SyncStatus

__version__ = VERSION
__all__ = [
    "AgentFS",
    "AgentFSError",
    "Checkpoints",
    "Mount",
    "SyncConflict",
    "SyncConflictError",
    "SyncMetrics",
    "SyncReport",
    "SyncStatus",
    "Workspace",
    "WorkspaceFile",
    "WorkspaceSync",
    "Workspaces",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import models

    return getattr(models, name)
