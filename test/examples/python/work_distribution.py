"""
A master distributes work, and workers take it: who pushes a claim first has it, since the others' claims lose against what
the remote has. Workers may be processes on any machine; here they are three homes, each on a thread.

    TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… python3 work_distribution.py
"""

import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from agentfs import AgentFS, Workspace

url, token = os.environ["TURSO_DATABASE_URL"], os.environ["TURSO_AUTH_TOKEN"]
homes = Path(tempfile.mkdtemp(prefix="agents-"))


@contextmanager
def member(name: str) -> Iterator[Workspace]:
    with AgentFS(home=homes / name) as afs:
        queue = afs.workspace.create("queue")
        queue.sync.enable(url, token, mode="manual", conflict_resolution="remote-wins")
        queue.sync.pull()
        yield queue


def work(name: str) -> int:
    """Works until nothing is left to claim; returns how much it did."""
    done = 0
    with member(name) as queue:
        for task in queue.listdir("/tasks"):
            queue.sync.pull()
            if queue.exists(f"/claims/{task}"):
                continue
            queue.write_file(f"/claims/{task}", name)
            queue.sync.push()
            queue.sync.pull()
            # The claim that was pushed first is here now, mine or another's.
            if queue.read_text(f"/claims/{task}") != name:
                continue
            number = json.loads(queue.read_text(f"/tasks/{task}"))["number"]
            queue.write_file(f"/results/{task}", json.dumps({"square": number**2, "by": name}))
            queue.sync.push()
            done += 1
    return done


with member("master") as master:
    for directory in ("/tasks", "/claims", "/results"):
        master.mkdir(directory)
    for number in range(1, 7):
        master.write_file(f"/tasks/{number}.json", json.dumps({"number": number}))
    master.sync.push()

    with ThreadPoolExecutor() as workers:
        print(f"tasks done: {sum(workers.map(work, ['one', 'two', 'three']))}")

    master.sync.pull()
    for task in sorted(master.listdir("/results")):
        result = json.loads(master.read_text(f"/results/{task}"))
        print(f"{task}: {result['square']}")
