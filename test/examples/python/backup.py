"""
A second remote as a backup, and the way back when the machine is gone.

    TURSO_DATABASE_URL=libsql://mydb-org.turso.io BACKUP_URL=file:/mnt/backup/agents.db TURSO_AUTH_TOKEN=… python3 backup.py
"""

import os
import tempfile

from agentfs import AgentFS

url, token, backup = (os.environ[name] for name in ("TURSO_DATABASE_URL", "TURSO_AUTH_TOKEN", "BACKUP_URL"))

with tempfile.TemporaryDirectory(prefix="machine-") as machine, AgentFS(home=machine) as afs:
    ws = afs.workspace.create("project")
    ws.sync.enable(url, token, mode="manual")
    # Every hour, without what can be made again. A background owner keeps to it: ws.start_owner().
    ws.sync.enable(backup, remote="backup", mode="periodic", interval=3600, exclude=["node_modules/"])

    ws.mkdir("/node_modules")
    ws.write_file("/node_modules/big.js", "made again by npm")
    ws.write_file("/report.md", "three weeks of work")
    ws.sync.push(remote="backup")
    print(f"backed up; problems: {len(ws.sync.verify(remote='backup').problems)}")

# The machine burned down with the end of `with`. Another one takes what the backup has.
with AgentFS(home=tempfile.mkdtemp(prefix="machine-")) as afs:
    ws = afs.workspace.create("project")
    ws.sync.enable(backup, remote="backup", mode="manual")
    ws.sync.pull(remote="backup")
    print(f"restored: {', '.join(ws.listdir())}: {ws.read_text('/report.md')}")
