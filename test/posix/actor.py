"""Makes system calls for the POSIX suite, and says what came of them.

One JSON document a line: {"op", "args"} comes in, {"value"} or {"errno"} or {"failure"} goes out, in order. Data is
text of one character a byte (latin-1), integers beyond 2^53 are {"$int": "..."}. A call that Python has is made by
`os`; the others by the C library. It has a working directory, descriptors, mappings and locks of its own, as a process
has them, and can become another user. `reset` gives back everything between two cases.
"""
import ctypes, errno, fcntl, json, mmap, os, resource, signal, socket, stat, struct, subprocess, sys, traceback

libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
libc.opendir.restype = ctypes.c_void_p
libc.opendir.argtypes = [ctypes.c_char_p]
libc.readdir.restype = ctypes.c_void_p
for name in ("readdir", "closedir", "rewinddir", "telldir"):
    getattr(libc, name).argtypes = [ctypes.c_void_p]
libc.telldir.restype = ctypes.c_long
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
libc.getxattr.restype = ctypes.c_ssize_t
libc.listxattr.restype = ctypes.c_ssize_t

AT_FDCWD = -100
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2
# What Python 3.9 does not name.
EXTRA = {
    "RENAME_NOREPLACE": 1, "RENAME_EXCHANGE": 2, "RENAME_WHITEOUT": 4,
    "FALLOC_FL_KEEP_SIZE": 1, "FALLOC_FL_PUNCH_HOLE": 2, "FALLOC_FL_COLLAPSE_RANGE": 8,
    "FALLOC_FL_ZERO_RANGE": 16, "FALLOC_FL_INSERT_RANGE": 32,
    "AT_SYMLINK_NOFOLLOW": 0x100, "AT_SYMLINK_FOLLOW": 0x400, "AT_EMPTY_PATH": 0x1000,
    "F_OFD_GETLK": 36, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38,
}

# Of numbers with two names.
NAMES = {errno.EOPNOTSUPP: "EOPNOTSUPP", errno.EAGAIN: "EAGAIN", errno.EDEADLK: "EDEADLK"}

OPS, maps, streams, sockets = {}, {}, {}, {}
first_fd = 0


def op(function):
    OPS[function.__name__] = function
    return function


def flags(words):
    if isinstance(words, int):
        return words
    value = 0
    for word in filter(None, words.split("|")):
        for place in (os, fcntl, mmap):
            if hasattr(place, word):
                value |= getattr(place, word)
                break
        else:
            value |= EXTRA[word]
    return value


def check(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def data(text):
    return text.encode("latin-1")


def text(value):
    return value.decode("latin-1")


@op
def reset(directory):
    for mapping in maps.values():
        mapping.close()
    for stream in streams.values():
        libc.closedir(stream)
    for one in sockets.values():
        one.close()
    maps.clear(), streams.clear(), sockets.clear()
    os.closerange(first_fd, 4096)
    os.umask(0o022)
    os.chdir(directory)


@op
def become(uid, gid, groups):
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


@op
def whoami():
    return {"pid": os.getpid(), "uid": os.getuid(), "gid": os.getgid()}


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


def keep(place, thing):
    number = max(place, default=0) + 1
    place[number] = thing
    return number


@op
def map(fd, length, how, offset=0):
    return keep(maps, mmap.mmap(fd, length, flags(how), mmap.PROT_READ | mmap.PROT_WRITE, offset=offset))


@op
def mapRead(mapping, offset, length):
    return text(maps[mapping][offset : offset + length])


@op
def mapWrite(mapping, offset, what):
    maps[mapping][offset : offset + len(what)] = data(what)


@op
def mapPoke(mapping, offset, what):
    """Writes to the memory of a mapping, behind its length too."""
    start = ctypes.addressof(ctypes.c_char.from_buffer(maps[mapping]))
    ctypes.memmove(start + offset, data(what), len(what))


@op
def mapSync(mapping):
    maps[mapping].flush()


@op
def unmap(mapping):
    maps.pop(mapping).close()


@op
def mapReadInChild(mapping, offset):
    """The name of the signal that reading there ends a process with, or "none"."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        maps[mapping][offset]
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "none"


@op
def directWrite(fd, byte, offset, length):
    """Writes from a buffer aligned to a page."""
    with mmap.mmap(-1, length) as buffer:
        buffer[:] = data(byte) * length
        return os.pwritev(fd, [buffer], offset)


@op
def directRead(fd, offset, length):
    with mmap.mmap(-1, length) as buffer:
        count = os.preadv(fd, [buffer], offset)
        return text(buffer[:count])


@op
def flock(fd, how):
    fcntl.flock(fd, flags(how))


# struct flock, padded to 8 bytes.
FLOCK = "@hhqqi0q"


@op
def lock(fd, command, kind, start=0, length=0):
    """fcntl(2) with a struct flock; of F_GETLK the lock in the way, as [kind, start, length, pid]."""
    asked = struct.pack(FLOCK, flags(kind), os.SEEK_SET, start, length, 0)
    answer = struct.unpack(FLOCK, fcntl.fcntl(fd, flags(command), asked))
    names = {fcntl.F_RDLCK: "F_RDLCK", fcntl.F_WRLCK: "F_WRLCK", fcntl.F_UNLCK: "F_UNLCK"}
    return [names[answer[0]], answer[2], answer[3], answer[4]]


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
def listen(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(1)
    return keep(sockets, server)


@op
def accept(number):
    """Takes a connection and echoes what it says, once."""
    connection, _ = sockets[number].accept()
    with connection:
        connection.sendall(connection.recv(100))


@op
def connect(path, what):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(data(what))
        return text(client.recv(100))


@op
def limitFileSize(size):
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


@op
def run(*command):
    done = subprocess.run(command, capture_output=True, timeout=280, env={**os.environ, "LC_ALL": "C"})
    return {"code": done.returncode, "out": text(done.stdout), "err": text(done.stderr)}


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
def appendRecords(path, label, count, size, how="O_APPEND"):
    """Records of `size` bytes that say who wrote them and the how many-th they are."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | flags(how), 0o644)
    for number in range(count):
        record = f"{label}:{number}:".encode().ljust(size - 1, b".") + b"\n"
        assert os.write(fd, record) == size
    os.close(fd)


@op
def addUnderLock(path, count, how):
    """Adds 1 to the number in a file again and again, each time under a lock."""
    fd = os.open(path, os.O_RDWR)
    for _ in range(count):
        fcntl.flock(fd, fcntl.LOCK_EX) if how == "flock" else fcntl.lockf(fd, fcntl.LOCK_EX)
        number = int(os.pread(fd, 20, 0)) + 1
        os.pwrite(fd, str(number).encode(), 0)
        fcntl.flock(fd, fcntl.LOCK_UN) if how == "flock" else fcntl.lockf(fd, fcntl.LOCK_UN)
    os.close(fd)


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


def decode(value):
    if isinstance(value, dict) and "$int" in value:
        return int(value["$int"])
    return value


def encode(value):
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 53:
        return {"$int": str(value)}
    if isinstance(value, list):
        return [encode(one) for one in value]
    if isinstance(value, dict):
        return {key: encode(one) for key, one in value.items()}
    return value


def answer(name, args):
    function = OPS.get(name) or OPS.get(name + "_") or getattr(os, name)
    try:
        return {"value": encode(function(*args))}
    except OSError as error:
        return {"errno": NAMES.get(error.errno) or errno.errorcode.get(error.errno, str(error.errno))}
    except BaseException:
        return {"failure": traceback.format_exc()}


def main():
    global first_fd
    requests, replies = os.fdopen(0, "r"), os.fdopen(1, "w")
    first_fd = os.dup(0)
    os.close(first_fd)
    for line in requests:
        request = json.loads(line)
        replies.write(json.dumps(answer(request["op"], [decode(one) for one in request["args"]])) + "\n")
        replies.flush()


main()
