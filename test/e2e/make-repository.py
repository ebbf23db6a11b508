"""Prints a git fast-import stream: a repository with 120 commits that makes, changes, renames and deletes 600 files.

The same stream every time: dates, authors and contents come from a fixed seed.
"""
import random
import sys

random.seed(20260101)
out = sys.stdout.buffer


def data(text):
    raw = text.encode()
    out.write(b"data %d\n" % len(raw) + raw + b"\n")


def text_of(name):
    return "".join(f"{name} line {n} {random.getrandbits(64):x}\n" for n in range(random.randint(1, 60)))


files = []
for commit in range(120):
    out.write(b"commit refs/heads/main\n")
    out.write(b"author A U Thor <author@example.org> %d +0100\n" % (1600000000 + commit * 3600))
    out.write(b"committer C O Mitter <committer@example.org> %d +0100\n" % (1600000000 + commit * 3600))
    data(f"Change {commit}\n\nThe body of change {commit}.\n")
    for n in range(6 if commit < 110 else 0):
        name = f"src/part{len(files) % 23}/deep/module-{len(files)}.txt"
        files.append(name)
        mode = b"100755" if len(files) % 17 == 0 else b"100644"
        out.write(b"M " + mode + b" inline " + name.encode() + b"\n")
        data(text_of(name))
    for name in random.sample(files, min(3, len(files))):
        out.write(b"M 100644 inline " + name.encode() + b"\n")
        data(text_of(name))
    if commit == 60:
        out.write(b"M 120000 inline link-to-module\n")
        data("src/part0/deep/module-0.txt")
out.write(b"done\n")
