"""
Two agents work on one plan: each has a home of its own, here on one machine, else on two. They meet in a database:

    TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… python3 shared_workspace.py
"""

import os
import tempfile
from pathlib import Path

from agentfs import AgentFS, SyncConflictError

url, token = os.environ["TURSO_DATABASE_URL"], os.environ["TURSO_AUTH_TOKEN"]
homes = Path(tempfile.mkdtemp(prefix="agents-"))

with AgentFS(home=homes / "ana") as ana, AgentFS(home=homes / "ben") as ben:
    # Ana begins. `manual`: what goes to the others, and when, is hers to say; the default is real-time.
    hers = ana.workspace.create("plan")
    hers.sync.enable(url, token, mode="manual", conflict_resolution="manual")
    hers.write_file("/plan.md", "# Plan\n\n1. Tests\n2. Code\n")
    hers.sync.push()

    # Ben creates the workspace too, under the same name: it is the same one.
    his = ben.workspace.create("plan")
    his.sync.enable(url, token, mode="manual", conflict_resolution="manual")
    his.sync.pull()
    with his.open("/plan.md") as plan:
        print(f"Ben reads: {plan.readline().rstrip()}")

    # Both change the same file, and Ben is first.
    his.write_file("/plan.md", "# Plan\n\n1. Tests\n2. Code\n3. Docs (Ben)\n")
    his.sync.push()
    hers.write_file("/plan.md", "# Plan (Ana)\n\n1. Tests\n2. Code\n")
    try:
        hers.sync.push()
    except SyncConflictError as error:
        for conflict in error.conflicts:
            print(f"Ana has a conflict: {conflict.type} of {conflict.path}")
            # Their edits do not overlap. Others: local, remote, both.
            hers.sync.resolve(conflict, strategy="merge")

    his.sync.pull()
    print(his.read_text("/plan.md"))
