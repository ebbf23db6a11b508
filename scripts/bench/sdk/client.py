"""What the rows of the SDKs time, in Python: `client.py HOME WORKSPACE ROUND_TRIPS MIB` prints the figures as JSON."""

import json
import sys
from statistics import median
from time import perf_counter

begun = perf_counter()
from agentfs import AgentFS  # noqa: E402

_, home, name, round_trips, mib = sys.argv
with AgentFS(home) as afs:
    workspace = afs.workspace.get(name)
    workspace.exists("/")
    connect = perf_counter() - begun

    page = b"p" * 4096
    trips = []
    for _ in range(int(round_trips)):
        begun = perf_counter()
        workspace.write_file("/python-page", page)
        if workspace.read_file("/python-page") != page:
            sys.exit("not what was written")
        trips.append(perf_counter() - begun)

    block = b"b" * 1048576
    begun = perf_counter()
    with workspace.open("/python-stream", "wb") as file:
        for _ in range(int(mib)):
            file.write(block)
    write = perf_counter() - begun

    begun = perf_counter()
    length = 0
    with workspace.open("/python-stream", "rb") as file:
        while data := file.read(len(block)):
            length += len(data)
    read = perf_counter() - begun
    if length != int(mib) * len(block):
        sys.exit("not as long as what was written")

figures = {"connect": connect * 1e3, "roundTrip": median(trips) * 1e6}
print(json.dumps({**figures, "write": length / 1e6 / write, "read": length / 1e6 / read}))
