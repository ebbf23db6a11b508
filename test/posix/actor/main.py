"""Makes system calls for the POSIX suite, and says what came of them.

One JSON document a line: {"op", "args"} comes in, {"value"} or {"errno"} or {"failure"} goes out, in order. Data is
text of one character a byte (latin-1), integers beyond 2^53 are {"$int": "..."}. A call that Python has is made by
`os`; the others by the C library. It has a working directory, descriptors, mappings and locks of its own, as a process
has them, and can become another user. `reset` gives back everything between two cases.
"""
import errno, json, os, sys, traceback

# It is started isolated (-I), which leaves its folder out; and the checkout stays as it is.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import directories, files, processes
from registry import OPS, libc, maps, op, sockets, streams

# Of numbers with two names, the one that is told.
NAMES = {errno.EOPNOTSUPP: "EOPNOTSUPP", errno.EAGAIN: "EAGAIN", errno.EDEADLK: "EDEADLK"}

first_fd = 0


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
