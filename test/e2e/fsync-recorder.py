"""Writes files and fsyncs them, and prints a file's number only after fsync has said that it is durable.

usage: fsync-recorder.py DIRECTORY. Content of file n: "<n>\n" repeated (n * 37) % 3000 + 1 times, so that a checker can
tell a whole file from a part of one. Every fifth is renamed into place, and the directory is fsynced. Ends at the first
error, which the death of the mount is.
"""
import os
import sys

directory = sys.argv[1]
number = 0
while True:
    number += 1
    path = os.path.join(directory, f"f{number}")
    place = path + ".tmp" if number % 5 == 0 else path
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(descriptor, b"%d\n" % number * ((number * 37) % 3000 + 1))
        os.fsync(descriptor)
        os.close(descriptor)
        if place != path:
            os.rename(place, path)
            parent = os.open(directory, os.O_RDONLY)
            os.fsync(parent)
            os.close(parent)
    except OSError as error:
        print(f"error {error.errno}", flush=True)
        break
    print(number, flush=True)
