"""Calls on one file: its content, its attributes, its name.
"""
import ctypes, os, stat

from registry import check, data, flags, libc, op, text

AT_FDCWD = -100
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2


@op
def open(path, how, mode=0o666):
    return os.open(path, flags(how) | os.O_CLOEXEC, mode)


@op
def read(fd, length):
    return text(os.read(fd, length))


@op
def write(fd, what):
    return os.write(fd, data(what))


@op
def pread(fd, length, offset):
    return text(os.pread(fd, length, offset))


@op
def pwrite(fd, what, offset):
    return os.pwrite(fd, data(what), offset)


@op
def put(path, what, mode=0o666):
    """A file with this content."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(fd, data(what))
    finally:
        os.close(fd)


@op
def get(path):
    """The content of a file."""
    fd = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while part := os.read(fd, 1 << 20):
            parts.append(part)
        return text(b"".join(parts))
    finally:
        os.close(fd)


@op
def fill(fd, byte, offset, length):
    """Writes one byte many times."""
    part = data(byte) * min(length, 1 << 20)
    end = offset + length
    while offset < end:
        offset += os.pwrite(fd, part[: end - offset], offset)


@op
def summary(fd, offset, length):
    """What stands there, as runs of one byte: [[byte, times], ...]."""
    runs = []
    end = offset + length
    while offset < end:
        part = os.pread(fd, min(1 << 20, end - offset), offset)
        if not part:
            break
        offset += len(part)
        while part:
            rest = part.lstrip(part[:1])
            times = len(part) - len(rest)
            if runs and runs[-1][0] == text(part[:1]):
                runs[-1][1] += times
            else:
                runs.append([text(part[:1]), times])
            part = rest
    return runs


@op
def access(path, mode, effective=False):
    return os.access(path, flags(mode), effective_ids=effective)


def attributes(s):
    kinds = {
        stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo",
        stat.S_IFSOCK: "socket", stat.S_IFCHR: "character", stat.S_IFBLK: "block",
    }
    return {
        "type": kinds[stat.S_IFMT(s.st_mode)], "mode": s.st_mode & 0o7777, "ino": s.st_ino, "dev": s.st_dev,
        "nlink": s.st_nlink, "uid": s.st_uid, "gid": s.st_gid, "rdev": s.st_rdev, "size": s.st_size,
        "blocks": s.st_blocks, "blksize": s.st_blksize,
        "atime": {"$int": str(s.st_atime_ns)}, "mtime": {"$int": str(s.st_mtime_ns)},
        "ctime": {"$int": str(s.st_ctime_ns)},
    }


@op
def stat_(path):
    return attributes(os.stat(path))


@op
def lstat(path):
    return attributes(os.lstat(path))


@op
def fstat(fd):
    return attributes(os.fstat(fd))


@op
def exists(path):
    return os.path.lexists(path)


@op
def statvfs(path):
    s = os.statvfs(path)
    return {name[2:]: getattr(s, name) for name in dir(s) if name.startswith("f_")}


@op
def mknod(path, kind, mode, device):
    os.mknod(path, getattr(stat, kind) | mode, device)


@op
def renameat2(old, new, how):
    check(libc.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), flags(how)))


@op
def linkat(fd, old, new, how):
    check(libc.linkat(AT_FDCWD if fd is None else fd, os.fsencode(old), AT_FDCWD, os.fsencode(new), flags(how)))


@op
def utimensat(path, atime, mtime, how=""):
    """Times in nanoseconds, "now" or "omit"."""
    def spec(time):
        if time == "now":
            return 0, UTIME_NOW
        return (0, UTIME_OMIT) if time == "omit" else divmod(time, 10**9)
    times = (ctypes.c_int64 * 4)(*spec(atime), *spec(mtime))
    check(libc.utimensat(AT_FDCWD, os.fsencode(path), times, flags(how)))


@op
def fallocate(fd, how, offset, length):
    check(libc.fallocate(fd, flags(how), offset, length))


@op
def lseek(fd, offset, whence):
    return os.lseek(fd, offset, flags(whence))


@op
def copy_file_range(source, target, length, source_offset=None, target_offset=None):
    return os.copy_file_range(source, target, length, source_offset, target_offset)


@op
def setxattr(path, name, value, how=""):
    os.setxattr(path, name, data(value), flags(how), follow_symlinks=False)


@op
def getxattr(path, name):
    return text(os.getxattr(path, name, follow_symlinks=False))


@op
def listxattr(path):
    return sorted(os.listxattr(path, follow_symlinks=False))


@op
def removexattr(path, name):
    os.removexattr(path, name, follow_symlinks=False)


@op
def fsetxattr(fd, name, value):
    os.setxattr(fd, name, data(value))


@op
def fgetxattr(fd, name):
    return text(os.getxattr(fd, name))


@op
def getxattrInto(path, name, size):
    """The length of the answer in a buffer of `size` bytes."""
    return check(libc.getxattr(os.fsencode(path), name.encode(), ctypes.create_string_buffer(max(size, 1)), size))


@op
def listxattrInto(path, size):
    return check(libc.listxattr(os.fsencode(path), ctypes.create_string_buffer(max(size, 1)), size))
