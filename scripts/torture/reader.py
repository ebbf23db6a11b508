"""Reads, maps, lists and writes a tree while pulls change it, and looks at versions: python3 reader.py TREE PUBLISHED NAME

File f<i> of version v is "<i> <v>\n" repeated 1 + (7 v + i) % 60 times, and is rewritten in each round r with r % WAYS == i % WAYS.
PUBLISHED holds the last round that is published. So whoever reads PUBLISHED first knows the oldest version that a file may
have after that; parts of two versions, an older one, and a name that is missing for a moment are errors. Ends when its input does, with a line
of counts; at the first error with what it saw.
"""
import mmap
import os
import random
import select
import sys

FILES, WAYS, FOLDERS = 2000, 8, 10
tree, published, name = sys.argv[1:4]
choose = random.Random(name)
seen = {}
held = []
own = []
made = 0
counts = dict(read=0, map=0, list=0, write=0)


def path(i):
    return f"{tree}/d{i % FOLDERS}/f{i}"


def fail(text):
    print("error", text, flush=True)
    sys.exit(1)


def version_of(i, data, at_least, how):
    lines = data.split(b"\n")
    first = lines[0]
    if lines[-1] != b"" or any(line != first for line in lines[:-1]):
        fail(f"{how} f{i}: parts of different versions: {sorted(set(lines))[:4]}")
    number, version = (int(word) for word in first.split())
    if number != i or len(lines) - 1 != 1 + (7 * version + i) % 60:
        fail(f"{how} f{i}: {len(lines) - 1} lines of version {version} of f{number}")
    if version < at_least:
        fail(f"{how} f{i}: version {version}, and {at_least} was published before it was opened")
    if version < seen.get(i, 0):
        fail(f"{how} f{i}: version {version} after {seen[i]}")
    seen[i] = version
    return version


def oldest(i):
    with open(published) as file:
        last = int(file.read() or 0)
    return last - (last - i) % WAYS


def read():
    i = choose.randrange(FILES)
    at_least = oldest(i)
    with open(path(i), "rb") as file:
        version_of(i, file.read(), at_least, "read")


def map_file():
    i = choose.randrange(FILES)
    at_least = oldest(i)
    with open(path(i), "rb") as file:
        view = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    held.append((i, version_of(i, view[:], at_least, "map"), view))
    if len(held) > 20:
        number, version, old = held.pop(0)
        if old[:].split(b"\n")[0] != b"%d %d" % (number, version):
            fail(f"a mapping of version {version} of f{number} has changed under its reader")
        old.close()


def list_folder():
    d = choose.randrange(FOLDERS)
    names = os.listdir(f"{tree}/d{d}")
    wanted = {f"f{i}" for i in range(d, FILES, FOLDERS)}
    found = [entry for entry in names if entry.startswith("f")]
    if len(found) != len(set(names) & wanted) or len(found) != len(wanted):
        fail(f"list d{d}: {len(found)} names, {len(wanted - set(found))} missing")
    mine = {entry for entry in names if entry.startswith(f"own-{name}-")}
    if mine != {os.path.basename(p) for p in own if os.path.dirname(p).endswith(f"/d{d}")}:
        fail(f"list d{d}: of my own names {sorted(mine)[:5]} are there")


def write():
    global made
    made += 1
    place = f"{tree}/d{choose.randrange(FOLDERS)}/own-{name}-{made}"
    with open(place + ".new", "w") as file:
        file.write(place)
    os.rename(place + ".new", place)
    with open(place) as file:
        if file.read() != place:
            fail(f"{place} is not what was written")
    own.append(place)
    if len(own) > 30:
        os.remove(own.pop(choose.randrange(len(own))))


print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    for work, often in ((read, 12), (map_file, 4), (list_folder, 1), (write, 3)):
        for _ in range(often):
            try:
                work()
            except OSError as error:
                fail(f"{work.__name__}: {error}")
            counts[work.__name__.split("_")[0]] += 1
print("counts", *(f"{count} {what}" for what, count in counts.items()), flush=True)
