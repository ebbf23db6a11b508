"""What the calls of an actor have in common: the table of calls, how their arguments are written, what is kept between them.
"""
import ctypes, fcntl, mmap, os

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

# What Python 3.9 does not name.
EXTRA = {
    "RENAME_NOREPLACE": 1, "RENAME_EXCHANGE": 2, "RENAME_WHITEOUT": 4,
    "FALLOC_FL_KEEP_SIZE": 1, "FALLOC_FL_PUNCH_HOLE": 2, "FALLOC_FL_COLLAPSE_RANGE": 8,
    "FALLOC_FL_ZERO_RANGE": 16, "FALLOC_FL_INSERT_RANGE": 32,
    "AT_SYMLINK_NOFOLLOW": 0x100, "AT_SYMLINK_FOLLOW": 0x400, "AT_EMPTY_PATH": 0x1000,
    "F_OFD_GETLK": 36, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38,
}

# By its name, each call; by its number, what an actor has open beside descriptors.
OPS, maps, streams, sockets = {}, {}, {}, {}


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


def keep(place, thing):
    number = max(place, default=0) + 1
    place[number] = thing
    return number
