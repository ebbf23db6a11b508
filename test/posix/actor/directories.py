"""Calls on directories: reading them, many files at once, deep trees.
"""
import ctypes, os

from registry import check, keep, libc, op, streams


@op
def opendir(path):
    stream = libc.opendir(os.fsencode(path))
    return keep(streams, stream) if stream else check(-1)


@op
def readdir(stream, count=1):
    """Up to `count` entries of a stream, fewer at its end."""
    entries = []
    kinds = {8: "file", 4: "directory", 10: "symlink", 1: "fifo", 12: "socket", 2: "character", 6: "block"}
    while len(entries) < count:
        ctypes.set_errno(0)
        entry = libc.readdir(streams[stream])
        if not entry:
            if ctypes.get_errno():
                check(-1)
            break
        ino = ctypes.c_uint64.from_address(entry).value
        kind = ctypes.c_uint8.from_address(entry + 18).value
        entries.append({"name": os.fsdecode(ctypes.string_at(entry + 19)), "ino": ino, "type": kinds.get(kind, "unknown")})
    return entries


@op
def telldir(stream):
    return libc.telldir(streams[stream])


@op
def seekdir(stream, position):
    libc.seekdir(streams[stream], position)


@op
def rewinddir(stream):
    libc.rewinddir(streams[stream])


@op
def closedir(stream):
    libc.closedir(streams.pop(stream))


@op
def makeFiles(directory, prefix, start, count):
    """Empty files named by five digits and more."""
    base = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    for number in range(start, start + count):
        os.close(os.open(f"{prefix}{number:05}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=base))
    os.close(base)


@op
def removeFiles(directory, names):
    base = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    for name in names:
        os.unlink(name, dir_fd=base)
    os.close(base)


@op
def descend(name, levels):
    """Makes directories in one another, and goes down."""
    for _ in range(levels):
        os.mkdir(name)
        os.chdir(name)


@op
def goDown(name, levels):
    for _ in range(levels):
        os.chdir(name)


@op
def ascend(name, levels):
    """Goes up again, removing them."""
    for _ in range(levels):
        os.chdir("..")
        os.rmdir(name)


@op
def goUp(levels):
    for _ in range(levels):
        os.chdir("..")
