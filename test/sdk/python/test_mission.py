"""The Python blocks of the users' documentation, word for word but for the address of the database."""

import json
import textwrap
import unittest
from typing import Any

from agentfs import SyncConflictError, Workspace

from case import AgentCase

ADDRESS = "libsql://mydb-org.turso.io"


class MissionTest(AgentCase):
    def run_block(self, block: str, **names: Any) -> None:
        exec(textwrap.dedent(block).replace(ADDRESS, self.remote), names)

    def test_enable(self) -> None:
        workspace = self.agent().workspace.create("my-workspace")
        block = """
            workspace.sync.enable(
                turso_db="libsql://mydb-org.turso.io",
                token="your-auth-token"
            )
        """
        self.run_block(block, workspace=workspace)
        status = workspace.sync.status()
        self.assertEqual((status.mode, status.workspace, status.url), ("real-time", "my-workspace", self.remote))
        workspace.sync.disable()
        with self.assertRaises(Exception) as raised:
            workspace.sync.status()
        self.assertEqual(getattr(raised.exception, "code", ""), "SYNC_NOT_ENABLED")

    def two_agents_in_conflict(self) -> Workspace:
        a = self.agent("a").workspace.create("shared")
        b = self.agent("b").workspace.create("shared")
        for ws in (a, b):
            ws.sync.enable(self.remote, mode="manual", conflict_resolution="manual")
        for name in ("/f", "/g"):
            a.write_file(name, "base")
        a.sync.push()
        b.sync.pull()
        for name in ("/f", "/g"):
            a.write_file(name, "of a")
            b.write_file(name, "of b")
        a.sync.push()
        return b

    def test_conflicts(self) -> None:
        workspace = self.two_agents_in_conflict()
        told = []
        block = """
            from agentfs import SyncConflictError

            try:
                workspace.sync.push()
            except SyncConflictError as e:
                for conflict in e.conflicts:
                    print(f"Conflict: {conflict.path}")
                    # Resolve manually
                    if resolve_strategy(conflict) == 'local':
                        workspace.sync.resolve(conflict, use_local=True)
                    else:
                        workspace.sync.resolve(conflict, use_remote=True)
        """
        self.run_block(
            block,
            workspace=workspace,
            print=told.append,
            resolve_strategy=lambda conflict: "local" if conflict.path == "/f" else "remote",
        )
        self.assertEqual(sorted(told), ["Conflict: /f", "Conflict: /g"])
        self.assertEqual((workspace.read_text("/f"), workspace.read_text("/g")), ("of b", "of a"))
        self.assertEqual(workspace.sync.conflicts(), [])
        self.assertEqual(workspace.sync.status().sync_status, "synced")

    def test_conflicts_are_told_with_both_sides_and_decided_in_each_way(self) -> None:
        workspace = self.two_agents_in_conflict()
        with self.assertRaises(SyncConflictError) as raised:
            workspace.sync.push()
        conflicts = {conflict.path: conflict for conflict in raised.exception.conflicts}
        self.assertEqual(conflicts["/f"].type, "modify/modify")
        local, remote = conflicts["/f"].local, conflicts["/f"].remote
        assert local is not None and remote is not None
        self.assertEqual((local.size, remote.size), (4, 4))
        report = workspace.sync.resolve_all(conflicts=[conflicts["/f"]], strategy="both")
        self.assertEqual((len(report.resolved), [one.path for one in report.remaining]), (1, ["/g"]))
        workspace.sync.resolve("/g", strategy="remote")
        self.assertEqual(len([name for name in workspace.listdir() if name.startswith("f")]), 2)
        with self.assertRaises(Exception) as gone:
            workspace.sync.resolve(conflicts["/g"], use_local=True)
        self.assertEqual(getattr(gone.exception, "code", ""), "SYNC_CONFLICT_GONE")

    def test_shared_workspace(self) -> None:
        block = """
            # Agent A creates and syncs workspace
            workspace_a = afs_a.workspace.create("shared-task")
            workspace_a.sync.enable(turso_db=DB_URL, token=TOKEN)
            # ... does work ...
            workspace_a.write_file("/work", "of a")
            workspace_a.sync.push()

            # Agent B pulls and continues
            workspace_b = afs_b.workspace.create("shared-task")
            workspace_b.sync.enable(turso_db=DB_URL, token=TOKEN)
            workspace_b.sync.pull()
            # ... continues work ...
            workspace_b.write_file("/work", workspace_b.read_text("/work") + ", then b")
            workspace_b.sync.push()
        """
        afs_a = self.agent("a")
        self.run_block(block, afs_a=afs_a, afs_b=self.agent("b"), DB_URL=self.remote, TOKEN="token")
        workspace = afs_a.workspace.get("shared-task")
        workspace.sync.pull()
        self.assertEqual(workspace.read_text("/work"), "of a, then b")

    def test_work_distribution(self) -> None:
        distribute = """
            # Master agent distributes work
            work_items = [
                {"id": 1, "file": "/src/module1.py"},
                {"id": 2, "file": "/src/module2.py"},
                {"id": 3, "file": "/src/module3.py"},
            ]

            for item in work_items:
                # Create workspace for each task
                ws = master.workspace.create(f"task-{item['id']}")
                ws.sync.enable(turso_db=DB_URL, token=TOKEN)

                # Copy task info
                ws.write_file("/task.json", json.dumps(item))
                ws.sync.push()

                # Worker agents pick up tasks
                # ... workers process and sync back ...
                work(item)

            # Collect results
            for item in work_items:
                ws = master.workspace.get(f"task-{item['id']}")
                ws.sync.pull()
                result = ws.read_file("/result.json")
                results.append(json.loads(result))
        """
        worker = self.agent("worker")

        def work(item: Any) -> None:
            with worker.workspace.create(f"task-{item['id']}") as ws:
                ws.sync.enable(turso_db=self.remote, token="token")
                ws.sync.pull()
                task = json.loads(ws.read_file("/task.json"))
                ws.write_file("/result.json", json.dumps({"done": task["file"]}))
                ws.sync.push()

        results: list = []
        names = {"master": self.agent("master"), "DB_URL": self.remote, "TOKEN": "token", "json": json}
        self.run_block(distribute, work=work, results=results, **names)
        self.assertEqual(results, [{"done": f"/src/module{number}.py"} for number in (1, 2, 3)])

    def test_point_in_time(self) -> None:
        workspace = self.agent().workspace.create("my-workspace")
        workspace.sync.enable(self.remote, mode="manual")
        workspace.write_file("/f", "first")
        made = workspace.checkpoints.create("checkpoint-v1")
        self.assertEqual([one.name for one in workspace.checkpoints.list()], ["checkpoint-v1"])
        workspace.write_file("/f", "second")
        workspace.sync.push()
        restore = """
            # Or restore from specific version
            workspace.sync.pull(version="checkpoint-v1")
        """
        self.run_block(restore, workspace=workspace)
        self.assertEqual(workspace.read_text("/f"), "first")
        workspace.sync.push()
        at = """
            # Sync to specific point in time
            workspace.sync.pull(at="2024-01-15T10:30:00Z")
        """
        with self.assertRaises(ValueError) as raised:
            self.run_block(at, workspace=workspace)
        self.assertIn("2024-01-15", str(raised.exception))
        workspace.sync.pull(version=str(made.revision + 1))
        self.assertEqual(workspace.read_text("/f"), "second")
        self.assertEqual([one.what for one in workspace.history("/f").versions][-1], "created")

    def test_batch_and_selective_sync(self) -> None:
        workspace = self.agent().workspace.create("my-workspace")
        workspace.sync.enable(self.remote)
        batch = """
            # Configure batch size
            workspace.sync.config(
                mode='periodic',
                interval=60,
                batch_size=100  # Sync 100 files at a time
            )
        """
        self.run_block(batch, workspace=workspace)
        config = workspace.sync.config()
        self.assertEqual((config.mode, config.interval, config.batch_size), ("periodic", 60, 100))
        selective = """
            # Only sync specific file types
            workspace.sync.config(
                include=['*.py', '*.md'],
                exclude=['*.pyc', '__pycache__/', '.git/']
            )
        """
        self.run_block(selective, workspace=workspace)
        self.assertEqual(workspace.sync.config().include, ("*.py", "*.md"))
        self.assertFalse(workspace.sync.explain("/__pycache__/").included)
        self.assertTrue(workspace.sync.explain("/a.py").included)

    def test_what_a_sync_did_is_told_and_heard_of(self) -> None:
        workspace = self.agent().workspace.create("my-workspace")
        workspace.sync.enable(self.remote, mode="manual")
        heard: list = []
        stop = workspace.sync.on("change", heard.append)
        workspace.write_file("/f", "x")
        report = workspace.sync.push()
        self.assertGreater(report.pushed, 0)
        self.assertEqual(workspace.sync.metrics().sync_operations, 1)
        self.assertTrue(workspace.sync.verify().ok)
        self.assertTrue(any(agent.self for agent in workspace.sync.agents()))
        self.assertEqual(workspace.sync.remotes(), ["origin"])
        workspace.sync.pull()
        self.assertEqual(heard[0].revision, report.revision)
        stop()
        with self.assertRaises(ValueError):
            workspace.sync.on("nothing", heard.append)


if __name__ == "__main__":
    unittest.main()
