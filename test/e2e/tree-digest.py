"""Prints a line for every entry below a directory: path, kind, mode, links, size, mtime, target, xattrs, content hash.

Usage: tree-digest.py DIR. Two trees that a program could tell apart print different lines.
"""
import hashlib
import os
import stat
import sys


def line(path, shown):
    s = os.lstat(path)
    content = ""
    if stat.S_ISLNK(s.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(s.st_mode):
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        content = digest.hexdigest()
    xattrs = ",".join(f"{n}={os.getxattr(path, n, follow_symlinks=False).hex()}" for n in sorted(os.listxattr(path, follow_symlinks=False)))
    size = 0 if stat.S_ISDIR(s.st_mode) else s.st_size
    return f"{shown}\t{oct(s.st_mode)}\t{s.st_nlink}\t{s.st_uid}:{s.st_gid}\t{size}\t{s.st_mtime_ns}\t{xattrs}\t{content}"


def walk(directory, shown):
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        print(line(path, shown + "/" + name))
        if stat.S_ISDIR(os.lstat(path).st_mode):
            walk(path, shown + "/" + name)


print(line(sys.argv[1], "."))
walk(sys.argv[1], ".")
