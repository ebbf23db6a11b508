"""
The synchronous way to other processes. `aio/wire.py` is the same for asyncio; all above them is written once.

One connection is for any number of threads, and has no thread of its own: of the callers that wait, one reads for all.
Ctrl-C while a call waits cancels the call and leaves the connection whole; in the middle of a message, where nothing that
follows could be understood, it ends the connection.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
import weakref
from threading import Lock as Lock
from time import sleep as sleep
from typing import Any, Callable, List, Mapping, Optional

from . import dialogue
from .command import Command
from .dialogue import Call, Dialogue, Listener, silent
from .errors import AgentFSError, error_of
from .frames import Buffer, Reader

_CONNECT_SECONDS = 5.0
_RETRY_SECONDS = 0.2


class _Silence(Exception):
    pass


class Connection:
    """Says hello, then calls. Raises PROTOCOL_MISMATCH where the other end is of another version."""

    def __init__(self, link: socket.socket, name: str, on_event: Optional[Listener] = None) -> None:
        self._socket = link
        # Whoever leaves an AgentFS behind without closing it need not hear of its sockets.
        weakref.finalize(self, link.close)
        self._poll = select.poll()
        self._poll.register(link.fileno(), select.POLLIN)
        self._reader = Reader()
        self._dialogue = Dialogue(on_event)
        self._sending = threading.Lock()
        self._turn = threading.Condition()
        self._reading = False
        try:
            self._dialogue.greet(self._ask(*self._dialogue.hello(), timeout=dialogue.HELLO_SECONDS))
        except _Silence:
            self.close()
            raise silent(name) from None
        except BaseException:
            self.close()
            raise

    @staticmethod
    def open(path: str, on_event: Optional[Listener] = None) -> "Connection":
        """Raises FileNotFoundError or ConnectionRefusedError where nobody listens."""
        assert_own(path)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.settimeout(_CONNECT_SECONDS)
            link.connect(path)
            link.settimeout(None)
        except socket.timeout:
            link.close()
            raise silent(path) from None
        except BaseException:
            link.close()
            raise
        return Connection(link, path, on_event)

    @property
    def closed(self) -> bool:
        return self._dialogue.closed

    @property
    def usable(self) -> bool:
        """Of this program's process; another face's connections are of an event loop, too."""
        return not self._dialogue.closed

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Returns the result; raises the error that was answered, or OWNER_GONE."""
        with self._turn:
            call, parts = self._dialogue.begin(method, params)
        return self._ask(call, parts)

    def listen(self) -> None:
        """Reads until the connection ends, for whoever hears events and makes no calls."""
        self._wait_for(Call(0, "listen"), None)

    def close(self) -> None:
        try:
            # Wakes whoever waits for an answer; a plain close would leave it waiting.
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._end()

    def forget(self) -> None:
        """In a forked child: the connection is the parent's."""
        self._dialogue.end()
        if self._socket.fileno() >= 0:
            os.close(self._socket.detach())

    def _ask(self, call: Call, parts: List[Buffer], timeout: Optional[float] = None) -> Any:
        try:
            self._send(parts)
            self._wait_for(call, timeout)
        except BaseException:
            with self._turn:
                rest = self._dialogue.abandon(call)
            self._send(rest)
            raise
        return self._dialogue.outcome(call)

    def _send(self, parts: List[Buffer]) -> None:
        try:
            with self._sending:
                for part in parts:
                    self._socket.sendall(part)
        except OSError:
            # The answer of an owner that leaves in order may still be there to be read: it tells what was not executed.
            pass
        except BaseException:
            # A message that was sent in part has spoilt what would follow.
            self._end()
            raise

    def _wait_for(self, call: Call, timeout: Optional[float]) -> None:
        with self._turn:
            while not call.done and self._reading:
                self._turn.wait()
            if call.done:
                return
            self._reading = True
        taking = False
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while not call.done:
                taking = False
                left = None if deadline is None else max(deadline - time.monotonic(), 0) * 1000
                # What interrupts this has taken nothing from the stream.
                if not self._poll.poll(left) or left == 0:
                    raise _Silence
                taking = True
                self._settle()
        except (EOFError, OSError, ValueError) as error:
            if isinstance(error, ValueError):
                self._dialogue.spoil(error)
            self._end()
            call.done = True
        except BaseException:
            if taking:
                self._end()
            raise
        finally:
            with self._turn:
                self._reading = False
                self._turn.notify_all()

    def _settle(self) -> None:
        count = self._socket.recv_into(self._reader.room())
        if count == 0:
            raise EOFError
        messages = self._reader.took(count)
        for message in messages:
            with self._turn:
                if self._dialogue.take(message) is not None:
                    self._turn.notify_all()

    def _end(self) -> None:
        with self._turn:
            self._dialogue.end()
            self._turn.notify_all()
        self._socket.close()


class Listening:
    """Hears events on a connection and a thread of its own, from one owner to the next, until `stop`."""

    def __init__(self, connect: Callable[[Listener], Connection], on_event: Listener, names: List[str]) -> None:
        self._connect = connect
        self._on_event = on_event
        self._names = names
        self._stopped = threading.Event()
        self._connection: Optional[Connection] = None

    def start(self) -> None:
        self._connection = self._subscribed()
        threading.Thread(target=self._run, name="agentfs-events", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        if self._connection is not None:
            self._connection.close()

    def _run(self) -> None:
        while self._connection is not None:
            self._connection.listen()
            self._connection = None
            while self._connection is None and not self._stopped.is_set():
                try:
                    self._connection = self._subscribed()
                except (AgentFSError, OSError):
                    self._stopped.wait(_RETRY_SECONDS)
            if self._stopped.is_set() and self._connection is not None:
                self._connection.close()
                return

    def _hear(self, name: str, payload: Any) -> None:
        try:
            self._on_event(name, payload)
        except Exception as error:
            # As of any thread's end, and the events after it are heard all the same.
            threading.excepthook(
                threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
            )

    def _subscribed(self) -> Connection:
        connection = self._connect(self._hear)
        connection.call("events.subscribe", {"names": self._names})
        return connection


class CommandLink:
    """`agentfs rpc` and the connection with it."""

    def __init__(self, command: Command, connection: Connection) -> None:
        self._command = command
        self.connection = connection

    @staticmethod
    def start(home: str) -> "CommandLink":
        command = Command(home)
        try:
            command.start()
            return CommandLink(command, Connection(command.socket, "agentfs rpc"))
        except AgentFSError as error:
            raise command.explain(error) from error
        except BaseException:
            command.end()
            raise

    def close(self) -> None:
        """Returns when all that the process owned is durable and the process has gone."""
        self.connection.close()
        self._command.reap()
        self._command.close()

    def forget(self) -> None:
        self.connection.forget()
        self._command.forget()


def assert_own(path: str) -> None:
    """Raises OWNER_UNREACHABLE for a stranger's socket."""
    if os.lstat(path).st_uid not in (0, os.getuid()):
        raise error_of({"code": "OWNER_UNREACHABLE", "message": f"{path} belongs to another user", "path": path})
