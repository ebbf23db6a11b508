"""
The master in Python: it makes as many tasks as its argument says in the workspace `queue`, says `ready`, waits for a line, and
prints as JSON what the remote has of each: who claimed it, its result, and how often a result was ever made, lost ones too.
Its home is AGENTFS_HOME.
"""

import json
import os
import sys

from agentfs import AgentFS

with AgentFS() as afs:
    queue = afs.workspace.create("queue")
    queue.sync.enable(os.environ["TURSO_DATABASE_URL"], os.environ["TURSO_AUTH_TOKEN"], mode="manual")
    for directory in ("/tasks", "/claims", "/results"):
        queue.mkdir(directory)
    for number in range(1, int(sys.argv[1]) + 1):
        queue.write_file(f"/tasks/{number}.json", json.dumps({"number": number}))
    queue.sync.push()
    print("ready", flush=True)
    input()

    queue.sync.pull()
    tasks = {}
    for task in queue.listdir("/tasks"):
        tasks[task] = {
            "claim": queue.read_text(f"/claims/{task}"),
            "result": json.loads(queue.read_text(f"/results/{task}")),
            "versions": [version.what for version in queue.history(f"/results/{task}").versions],
        }
    print(json.dumps(tasks))
