"""An owner that misbehaves as a test wants it to: a thread that speaks the frames of agentfs/frames.py on a Unix socket."""

import json
import queue
import socket
import struct
import tempfile
import threading
from pathlib import Path
from typing import Any, Callable, Dict, List

from agentfs.frames import PROTOCOL_VERSION, Reader

Message = Dict[str, Any]
Turn = Callable[[socket.socket, Message], None]


def frame(message: Any, data: bytes = b"") -> bytes:
    text = json.dumps(message).encode()
    return struct.pack(">II", len(text), len(data)) + text + data


def answer(message: Message, result: Any, data: bytes = b"") -> bytes:
    return frame({"jsonrpc": "2.0", "id": message["id"], "result": result}, data)


def refusal(message: Message, /, **told: Any) -> bytes:
    error = {"code": -32000, "message": told["message"], "data": told}
    return frame({"jsonrpc": "2.0", "id": message["id"], "error": error})


def greeting(protocol: int = PROTOCOL_VERSION) -> Message:
    return {"protocol": protocol, "version": "9.9.9", "pid": 12345, "role": "in-process", "workspace": "demo"}


def greets(link: socket.socket, message: Message) -> None:
    link.sendall(answer(message, greeting()))


def says_nothing(link: socket.socket, message: Message) -> None:
    """For ever."""


class FakeOwner:
    """`hello` and `call` say what is done about a message; they may close the connection. `with` ends it."""

    def __init__(self, *, hello: Turn = greets, call: Turn = says_nothing) -> None:
        self._hello = hello
        self._call = call
        # A socket's path is short.
        self._directory = tempfile.TemporaryDirectory(prefix="agentfs-fake-")
        self.path = str(Path(self._directory.name, "s"))
        self.heard: "queue.Queue[Message]" = queue.Queue()
        self._links: List[socket.socket] = []
        self._threads: List[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen()
        self._begin(self._accept)

    def own(self, home: Path, name: str = "demo") -> None:
        """Is found as the owner of a workspace, which it makes."""
        directory = home / "workspaces" / name
        directory.mkdir(parents=True)
        (directory / "workspace.json").write_text("{}")
        (directory / "workspace.db-owner.json").write_text(json.dumps({"socket": self.path}))

    def hears(self, method: str) -> Message:
        """The next message of this name; queue.Empty where it does not come."""
        while True:
            message = self.heard.get(timeout=20)
            if message["method"] == method:
                return message

    def __enter__(self) -> "FakeOwner":
        return self

    def __exit__(self, *_: object) -> None:
        for link in [self._listener, *self._links]:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(20)
        for link in [self._listener, *self._links]:
            link.close()
        self._directory.cleanup()

    def _begin(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, name="fake-owner", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self._links.append(link)
            self._begin(self._serve, link)

    def _serve(self, link: socket.socket) -> None:
        reader = Reader()
        try:
            while True:
                count = link.recv_into(reader.room())
                for message in reader.took(count) if count > 0 else []:
                    self.heard.put(message)
                    turn = self._hello if message["method"] == "hello" else self._call
                    if message.get("id") is not None:
                        turn(link, message)
                if count == 0:
                    return
        except OSError:
            # The client, or the test, has closed it.
            return
        finally:
            # A turn that failed keeps nobody waiting.
            link.close()
