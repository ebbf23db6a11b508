"""
One connection that is spoken JSON-RPC on, for any number of threads.

No thread of its own: of the callers that wait, one reads for all. A call that surely did not run is told apart from one
that may have (`OWNER_GONE`, `data["notExecuted"]`).
"""

from __future__ import annotations

import os
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional

from . import frames
from .errors import AgentFSError, error_of

Listener = Callable[[str, Any], None]


class Stream:
    """Two directions of bytes; `receive` raises EOFError at the end."""

    def send(self, parts: List[frames.Buffer]) -> None:
        raise NotImplementedError

    def receive(self, length: int) -> bytes:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def forget(self) -> None:
        """In a forked child: gives up the child's copy, and leaves the parent's alone."""
        raise NotImplementedError


class _Call:
    __slots__ = ("answer", "done")

    def __init__(self) -> None:
        self.answer: Any = None
        self.done = False


class Connection:
    """Says hello, then calls. Raises PROTOCOL_MISMATCH where the other end is of another version."""

    def __init__(self, stream: Stream, version: str, on_event: Optional[Listener] = None) -> None:
        self._stream = stream
        self._on_event = on_event
        self._sending = threading.Lock()
        self._turn = threading.Condition()
        self._reading = False
        self._calls: Dict[int, _Call] = {}
        self._next = 1
        self._goodbye = False
        self._closed = False
        self.peer: Dict[str, Any] = {}
        hello = {"protocol": frames.PROTOCOL_VERSION, "version": version, "pid": os.getpid(), "role": "client"}
        try:
            self.peer = self.call("hello", hello)
        except BaseException:
            self.close()
            raise
        if self.peer.get("protocol") != frames.PROTOCOL_VERSION:
            self.close()
            raise AgentFSError(
                "PROTOCOL_MISMATCH",
                f"AgentFS {self.peer.get('version')} (process {self.peer.get('pid')}) speaks protocol "
                f"{self.peer.get('protocol')}, and this program speaks {frames.PROTOCOL_VERSION}",
                hint="Install releases of agentfs and of its Python package that belong together.",
            )

    @property
    def closed(self) -> bool:
        return self._closed or self._goodbye

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Returns the result; raises the error that was answered, or OWNER_GONE."""
        call = _Call()
        with self._turn:
            if self.closed:
                raise _gone(method, True)
            number = self._next
            self._next += 1
            self._calls[number] = call
        try:
            with self._sending:
                self._stream.send(frames.encode(method, params, number))
        except (OSError, ValueError):
            # The answer of an owner that leaves in order may still be there to be read: it tells what was not executed.
            pass
        try:
            self._wait_for(call)
        except BaseException:
            with self._turn:
                self._calls.pop(number, None)
            raise
        answer = call.answer
        if answer is None:
            raise _gone(method, self._goodbye)
        if "error" in answer:
            raise error_of(answer["error"].get("data") or {"code": "INTERNAL", **answer["error"]})
        return answer["result"]

    def listen(self) -> None:
        """Reads until the connection ends, for whoever hears events and makes no calls."""
        forever = _Call()
        self._wait_for(forever)

    def close(self) -> None:
        self._closed = True
        self._stream.close()

    def forget(self) -> None:
        """In a forked child: the connection is the parent's."""
        self._closed = True
        self._stream.forget()

    def _wait_for(self, call: _Call) -> None:
        with self._turn:
            while not call.done and self._reading and not self._closed:
                self._turn.wait()
            if call.done or self._closed:
                return
            self._reading = True
        try:
            while not call.done:
                self._settle(frames.read(self._stream.receive))
        except (EOFError, OSError, ValueError):
            self._end()
        except BaseException:
            # Ctrl-C may have come in the middle of a message: nothing after it could be understood.
            self._end()
            raise
        finally:
            with self._turn:
                self._reading = False
                self._turn.notify_all()

    def _settle(self, message: Dict[str, Any]) -> None:
        method = message.get("method")
        if method == "$/goodbye":
            self._goodbye = True
        elif method == "event" and self._on_event is not None:
            self._on_event(message["params"]["name"], message["params"]["payload"])
        elif message.get("id") is not None:
            with self._turn:
                call = self._calls.pop(message["id"], None)
                if call is not None:
                    call.answer = message
                    call.done = True
                    self._turn.notify_all()

    def _end(self) -> None:
        with self._turn:
            self._closed = True
            for call in self._calls.values():
                call.done = True
            self._calls.clear()
            self._turn.notify_all()
        self._stream.close()


def _gone(method: str, not_executed: bool) -> AgentFSError:
    return error_of(
        {
            "code": "OWNER_GONE",
            "message": "the process that owns the workspace went away",
            "operation": method,
            "hint": "Repeat the call: the next one opens the workspace again. See owner.log for why it ended.",
            "data": {"notExecuted": not_executed},
        }
    )
