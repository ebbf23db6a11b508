"""Files, errors and connections of the Python SDK, against the real command."""

import errno
import os
import pickle
import signal
import threading
import time
import unittest
from datetime import datetime, timezone
from pathlib import PurePosixPath

import agentfs
from agentfs import AgentFSError, SyncConflictError
from agentfs.errors import error_of

from case import AgentCase


class FilesTest(AgentCase):
    def test_files_are_written_read_replaced_appended_and_removed(self) -> None:
        ws = self.agent().workspace.create("demo")
        ws.write_file("/a.txt", "grüße")
        self.assertEqual(ws.read_file("/a.txt"), "grüße".encode())
        self.assertEqual(ws.read_file("/a.txt", "utf-8"), "grüße")
        ws.append_file(PurePosixPath("/a.txt"), b"!")
        self.assertEqual(ws.read_text("/a.txt"), "grüße!")
        ws.write_file("/a.txt", bytearray(b"x"))
        self.assertEqual(ws.stat("/a.txt").size, 1)
        ws.write_file("/empty", b"")
        self.assertEqual(ws.read_bytes("/empty"), b"")
        ws.write_file("/mode", "", mode=0o600)
        self.assertEqual(ws.stat("/mode").mode & 0o7777, 0o600)
        ws.unlink("/a.txt")
        self.assertFalse(ws.exists("/a.txt"))

    def test_names_are_made_listed_moved_linked_and_removed(self) -> None:
        ws = self.agent().workspace.create("demo")
        ws.mkdir("/d/e", parents=True)
        ws.write_file("/d/f", "1")
        ws.link("/d/f", "/d/g")
        ws.symlink("f", "/d/s")
        self.assertEqual(sorted(ws.listdir("/d")), ["e", "f", "g", "s"])
        self.assertEqual({entry.name: entry.kind for entry in ws.scandir("/d")}["s"], "symlink")
        self.assertEqual(ws.readlink("/d/s"), "f")
        self.assertEqual(ws.realpath("/d/s"), "/d/f")
        self.assertEqual(ws.stat("/d/f").nlink, 2)
        self.assertEqual(ws.stat("/d/s", follow_symlinks=False).kind, "symlink")
        ws.rename("/d", "/moved")
        self.assertEqual([top for top, _, _ in ws.walk("/moved")], ["/moved", "/moved/e"])
        ws.rm("/moved", recursive=True)
        self.assertEqual(ws.listdir(), [])

    def test_attributes_are_set_to_the_nanosecond(self) -> None:
        ws = self.agent().workspace.create("demo")
        ws.write_file("/f", "x")
        ws.chmod("/f", 0o751)
        ws.utimes("/f", atime=1, mtime=datetime(2040, 1, 2, tzinfo=timezone.utc))
        stat = ws.stat("/f")
        self.assertEqual(stat.mode & 0o7777, 0o751)
        self.assertEqual((stat.atime.sec, stat.atime.nsec), (1, 0))
        self.assertEqual(stat.mtime.sec, 2209075200)
        ws.setxattr("/f", "user.k", b"\x00v")
        self.assertEqual(ws.getxattr("/f", "user.k"), b"\x00v")
        self.assertEqual(ws.listxattr("/f"), ["user.k"])

    def test_open_gives_what_python_has_for_files(self) -> None:
        ws = self.agent().workspace.create("demo")
        with ws.open("/f", "w") as file:
            print("first", file=file)
            file.write("second\n")
        with ws.open("/f") as file:
            self.assertEqual(list(file), ["first\n", "second\n"])
        with ws.open("/f", "r+b") as file:
            file.seek(-7, os.SEEK_END)
            file.write(b"SECOND")
            file.seek(0)
            self.assertEqual(file.read(), b"first\nSECOND\n")
            file.truncate(5)
        self.assertEqual(ws.read_text("/f"), "first")
        with ws.open("/f", "ab") as file:
            file.write(b"!")
        self.assertEqual(ws.read_text("/f"), "first!")
        with self.assertRaises(FileExistsError):
            ws.open("/f", "x")
        for wrong in ("q", "rw"):
            with self.assertRaises(ValueError):
                ws.open("/f", wrong)
        with self.assertRaises(ValueError):
            file.write(b"closed")

    def test_what_is_larger_than_one_message_goes_in_pieces(self) -> None:
        ws = self.agent().workspace.create("demo")
        content = os.urandom(9 * 1024 * 1024 + 1)
        ws.write_file("/large", content)
        self.assertEqual(ws.read_bytes("/large"), content)

    def test_errors_are_those_that_python_has_a_name_for(self) -> None:
        ws = self.agent().workspace.create("demo")
        with self.assertRaises(FileNotFoundError) as raised:
            ws.read_file("/nothing")
        error = raised.exception
        self.assertIsInstance(error, AgentFSError)
        self.assertEqual((error.errno, error.filename), (errno.ENOENT, "/nothing"))
        self.assertEqual((error.code, error.path), ("ENOENT", "/nothing"))  # type: ignore[attr-defined]
        ws.mkdir("/d")
        for raises, call in (
            (IsADirectoryError, lambda: ws.read_file("/d")),
            (NotADirectoryError, lambda: ws.listdir("/d/../f/x") if ws.write_file("/f", "") else ws.listdir("/f")),
            (FileExistsError, lambda: ws.mkdir("/d")),
            (OSError, lambda: ws.rmdir("/")),
            (ValueError, lambda: ws.chmod("/d", -1)),
            (ValueError, lambda: ws.call("fs.stat", path=5)),
        ):
            with self.assertRaises(raises):
                call()
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(copy), copy.code, copy.path), (type(error), "ENOENT", "/nothing"))
        self.assertIsInstance(error_of({"code": "SYNC_CONFLICT", "message": "m"}), SyncConflictError)

    def test_names_of_workspaces_are_checked_and_told(self) -> None:
        afs = self.agent()
        with self.assertRaises(LookupError) as raised:
            afs.workspace.get("nothing")
        self.assertIn("agentfs workspace create", str(raised.exception))
        with self.assertRaises(ValueError):
            afs.workspace.create("../up")
        afs.workspace.create("demo")
        with self.assertRaises(FileExistsError):
            afs.workspace.create("demo", exist="error")
        self.assertEqual([one.name for one in afs.workspace.list()], ["demo"])
        self.assertIsNone(afs.workspace.delete("demo"))
        self.assertEqual(afs.workspace.list(), [])


class ConnectionTest(AgentCase):
    def test_what_was_written_is_there_when_the_program_has_ended(self) -> None:
        with self.agent() as afs:
            with afs.workspace.create("demo") as ws:
                ws.write_file("/f", "kept")
            with self.assertRaises(AgentFSError) as raised:
                ws.read_file("/f")
            self.assertEqual(raised.exception.code, "CLOSED")
        with self.agent() as afs:
            self.assertEqual(afs.workspace.get("demo").read_text("/f"), "kept")

    def test_many_threads_share_a_workspace(self) -> None:
        ws = self.agent().workspace.create("demo")
        problems = []

        def work(number: int) -> None:
            try:
                for round_ in range(10):
                    ws.write_file(f"/{number}", str(number) * (round_ + 1))
                    assert ws.read_text(f"/{number}") == str(number) * (round_ + 1)
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive())
        self.assertEqual(problems, [])
        self.assertEqual(len(ws.listdir()), 64)

    def test_a_forked_child_uses_the_workspace_and_leaves_the_parents_connection_alone(self) -> None:
        ws = self.agent().workspace.create("demo")
        ws.write_file("/f", "parent")
        child = os.fork()
        if child == 0:
            try:
                ws.write_file("/child", ws.read_text("/f"))
                os._exit(0)
            finally:
                os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(ws.read_text("/child"), "parent")

    def test_an_owner_that_was_killed_is_an_error_once_and_the_next_call_goes_on(self) -> None:
        afs = self.agent()
        ws = afs.workspace.create("demo")
        ws.write_file("/f", "kept")
        ws.flush()
        ws._finder.start_owner()
        owner = ws.owner()
        self.assertEqual(owner.kind, "background")
        os.kill(owner.pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.assertEqual(ws.read_text("/f"), "kept")
                break
            except ConnectionError as error:
                self.assertEqual(error.code, "OWNER_GONE")  # type: ignore[attr-defined]
                self.assertLess(time.monotonic(), deadline)

    def test_a_command_that_is_not_there_is_told_with_where_it_was_looked_for(self) -> None:
        before = os.environ.pop("AGENTFS_BIN")
        self.addCleanup(os.environ.__setitem__, "AGENTFS_BIN", before)
        os.environ["AGENTFS_BIN"] = str(self.directory / "nothing")
        with self.assertRaises(AgentFSError) as raised:
            self.agent("b").workspace.list()
        self.assertEqual(raised.exception.code, "OWNER_UNREACHABLE")
        self.assertIn(str(self.directory / "nothing"), str(raised.exception))

    def test_the_version_is_that_of_the_package(self) -> None:
        self.assertEqual(agentfs.__version__, agentfs.version.VERSION)


if __name__ == "__main__":
    unittest.main()
