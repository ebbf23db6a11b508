"""
Back to what was: one file, by its versions, and the whole workspace, by a checkpoint. Each return is a change made now, so
that it can be taken back as well.

    TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… python3 point_in_time_recovery.py
"""

import os
import tempfile

from agentfs import AgentFS

with AgentFS(home=tempfile.mkdtemp(prefix="agent-")) as afs:
    ws = afs.workspace.create("book")
    ws.sync.enable(os.environ["TURSO_DATABASE_URL"], os.environ["TURSO_AUTH_TOKEN"], mode="manual")

    ws.write_file("/chapter-1.md", "first draft")
    ws.write_file("/chapter-2.md", "an idea")
    # Pushes what is pending, and gives that state a name.
    ws.checkpoints.create("draft")

    ws.write_file("/chapter-1.md", "worse")
    ws.sync.push()
    ws.rm("/chapter-2.md")
    ws.sync.push()

    # One file: its versions, the newest first. `restore` takes one of them, a checkpoint or a time.
    versions = ws.history("/chapter-1.md").versions
    print(f"versions: {', '.join(version.what for version in versions)}")
    ws.restore("/chapter-1.md", version=versions[-1].version)
    print(f"chapter 1: {ws.read_text('/chapter-1.md')}")
    ws.sync.push()

    # The whole workspace, first only told: `pull(at="2024-01-15T10:30:00Z")` goes by a time.
    past = ws.sync.pull(version="draft", dry_run=True).past
    if past is not None:
        print(f"returning to the draft changes {past.changed} files and names")
    ws.sync.pull(version="draft")
    print(f"files: {', '.join(ws.listdir())}")
    ws.sync.push()
