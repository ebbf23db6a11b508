"""What the SDK makes of owners that misbehave and of wrong arguments: a clear error in time, and going on."""

import asyncio
import errno
import socket
import struct
import threading
import time
from array import array
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

from agentfs.frames import PROTOCOL_VERSION

from both_faces import Face, on_both_faces, short_limits
from fake_owner import FakeOwner, Message, answer, frame, greeting, refusal, says_nothing


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
async def test_a_listener_that_fails_is_told_of_and_hears_what_comes_next(face: Face, home: Path) -> None:
    def tells_three(link: socket.socket, message: Message) -> None:
        event = frame({"method": "event", "params": {"name": "sync.conflict", "payload": []}})
        link.sendall(answer(message, {}) + 3 * event)

    heard: List[Any] = []
    told: List[str] = []

    def fails_at_first(conflicts: Any) -> None:
        heard.append(conflicts)
        if len(heard) == 1:
            raise ValueError("the listener's own mistake")

    with FakeOwner(call=tells_three) as owner, pytest.MonkeyPatch.context() as patch:
        owner.own(home)
        patch.setattr(threading, "excepthook", lambda args: told.append(str(args.exc_value)))
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))
        afs = face.agent(home)
        workspace = await face.done(afs.workspace.get("demo"))
        stop = await face.done(workspace.sync.on("conflict", fails_at_first))
        deadline = time.monotonic() + 20
        while len(heard) < 3:
            assert time.monotonic() < deadline, told
            await asyncio.sleep(0.01)
        assert told == ["the listener's own mistake"]
        stop()
        await face.done(afs.close())
