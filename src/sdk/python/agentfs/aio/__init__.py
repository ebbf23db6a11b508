"""
AgentFS for asyncio: the same names as in `agentfs`, to be awaited.

client, home, sync and workspace are the source of their namesakes in `agentfs`, which `npm run protocol` makes from them.
"""

from .client import AgentFS, Workspaces
from .file import AsyncFile
from .sync import WorkspaceSync
from .workspace import Checkpoints, Mount, Workspace

__all__ = ["AgentFS", "AsyncFile", "Checkpoints", "Mount", "Workspace", "WorkspaceSync", "Workspaces"]
