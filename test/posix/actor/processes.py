"""Calls of which several processes see something: mappings, locks, sockets, direct and concurrent writes.
"""
import ctypes, fcntl, mmap, os, resource, signal, socket, struct, subprocess

from registry import data, flags, keep, maps, op, sockets, text

# struct flock, padded to 8 bytes.
FLOCK = "@hhqqi0q"


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


@op
def lock(fd, command, kind, start=0, length=0):
    """fcntl(2) with a struct flock; of F_GETLK the lock in the way, as [kind, start, length, pid]."""
    asked = struct.pack(FLOCK, flags(kind), os.SEEK_SET, start, length, 0)
    answer = struct.unpack(FLOCK, fcntl.fcntl(fd, flags(command), asked))
    names = {fcntl.F_RDLCK: "F_RDLCK", fcntl.F_WRLCK: "F_WRLCK", fcntl.F_UNLCK: "F_UNLCK"}
    return [names[answer[0]], answer[2], answer[3], answer[4]]


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
