"""AgentFS: workspaces for AI agents, synced to Turso (libSQL)."""

from .client import AgentFS, Workspaces
from .errors import AgentFSError, SyncConflictError
from .file import WorkspaceFile
from .models import SyncConflict, SyncMetrics, SyncReport, SyncStatus
from .sync import WorkspaceSync
from .workspace import Mount, Workspace

__version__ = "0.1.0"
__all__ = [
    "AgentFS",
    "AgentFSError",
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
