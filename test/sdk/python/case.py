"""What every test of the Python SDK stands on: a home of its own, and a remote that needs no server."""

import shutil
import tempfile
import unittest
from pathlib import Path

from agentfs import AgentFS


class AgentCase(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="agentfs-python-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.remote = f"file:{self.directory / 'remote.db'}"

    def agent(self, name: str = "a") -> AgentFS:
        """Two names are two agents."""
        afs = AgentFS(home=self.directory / name)
        self.addCleanup(afs.close)
        return afs
