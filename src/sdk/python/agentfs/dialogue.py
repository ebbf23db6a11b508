"""
What is said on one connection, whoever carries the bytes: calls by number, answers, cancelling, goodbye. No I/O.

A call that surely did not run is told apart from one that may have (`OWNER_GONE`, `data["notExecuted"]`).
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from . import frames
from .errors import AgentFSError, error_of
from .version import VERSION

Listener = Callable[[str, Any], None]
HELLO_SECONDS = 10.0
"""The longest that another process may take to say hello."""


class Call:
    __slots__ = ("answer", "done", "method", "number", "waiter")

    def __init__(self, number: int, method: str) -> None:
        self.number = number
        self.method = method
        self.answer: Any = None
        self.done = False
        self.waiter: Any = None


class Dialogue:
    def __init__(self, on_event: Optional[Listener] = None) -> None:
        self._on_event = on_event
        self._calls: Dict[int, Call] = {}
        self._next = 1
        self._goodbye = False
        self._ended = False
        self._spoilt: Optional[str] = None
        self.peer: Dict[str, Any] = {}

    @property
    def closed(self) -> bool:
        """No call can be made any more."""
        return self._ended or self._goodbye

    def begin(self, method: str, params: Mapping[str, Any]) -> Tuple[Call, List[frames.Buffer]]:
        """The call, and what to send. Raises OWNER_GONE where nobody is there to answer."""
        if self.closed:
            raise _gone(method, True)
        call = Call(self._next, method)
        parts = frames.encode(method, params, call.number)
        self._next += 1
        self._calls[call.number] = call
        return call, parts

    def hello(self) -> Tuple[Call, List[frames.Buffer]]:
        told = {"protocol": frames.PROTOCOL_VERSION, "version": VERSION, "pid": os.getpid(), "role": "client"}
        return self.begin("hello", told)

    def greet(self, peer: Dict[str, Any]) -> None:
        """Raises PROTOCOL_MISMATCH where the other end, that should have refused, is of another version."""
        if not isinstance(peer, dict):
            raise _gone("hello", False, f"a hello is an object, and no {type(peer).__name__}")
        self.peer = peer
        if peer.get("protocol") != frames.PROTOCOL_VERSION:
            raise AgentFSError(
                "PROTOCOL_MISMATCH",
                f"AgentFS {peer.get('version')} (process {peer.get('pid')}) speaks protocol "
                f"{peer.get('protocol')}, and this program speaks {frames.PROTOCOL_VERSION}",
                operation="greet owner",
                hint="Install releases of agentfs and of its Python package that belong together.",
            )

    def abandon(self, call: Call) -> List[frames.Buffer]:
        """What to send so that the other end stops; nothing where the call has ended."""
        if self._calls.pop(call.number, None) is None or self.closed:
            return []
        return frames.encode("$/cancel", {"id": call.number}, None)

    def take(self, message: Dict[str, Any]) -> Optional[Call]:
        """The call that this answers, if it is an answer to one. Raises ValueError for what is no message of the protocol."""
        _assert_message(message)
        method = message.get("method")
        if method == "$/goodbye":
            self._goodbye = True
        elif method == "event":
            if self._on_event is not None:
                self._on_event(message["params"]["name"], message["params"]["payload"])
        elif method is None and message.get("id") is not None:
            call = self._calls.pop(message["id"], None)
            if call is not None:
                call.answer = message
                call.done = True
            return call
        return None

    def spoil(self, why: Exception) -> None:
        """What came is no message, so that nothing after it can be understood: the reason that is told for ending."""
        self._spoilt = self._spoilt or str(why)

    def end(self) -> List[Call]:
        """The connection has ended: the calls that nobody answers any more."""
        self._ended = True
        left = list(self._calls.values())
        self._calls.clear()
        for call in left:
            call.done = True
        return left

    def outcome(self, call: Call) -> Any:
        """The result of a call that is done; raises the error that was answered, or OWNER_GONE."""
        answer = call.answer
        if answer is None:
            raise _gone(call.method, self._goodbye, self._spoilt)
        if "error" in answer:
            told = {**answer["error"], "code": "INTERNAL", "data": None}
            raise error_of({**told, **(answer["error"].get("data") or {})})
        return answer["result"]


def _assert_message(message: Dict[str, Any]) -> None:
    if isinstance(message.get("method"), str):
        event = message.get("params")
        if message["method"] == "event" and not (isinstance(event, dict) and {"name", "payload"} <= event.keys()):
            raise ValueError("an event has a name and a payload")
        return
    number, error = message.get("id"), message.get("error")
    if not (number is None or isinstance(number, int)):
        raise ValueError("an answer has a call's number")
    if error is None and "result" not in message:
        raise ValueError("an answer has a result or an error")
    if error is not None and not (
        isinstance(error, dict) and "message" in error and isinstance(error.get("data"), (dict, type(None)))
    ):
        raise ValueError("an error is an object with a message")


def silent(path: str) -> AgentFSError:
    """Somebody is there and says nothing."""
    return error_of(
        {
            "code": "OWNER_UNREACHABLE",
            "message": f"no hello in {HELLO_SECONDS:g} s from the process that listens on {path}",
            "operation": "greet owner",
            "path": path,
            "hint": "It may be busy or stopped; look with `agentfs status`, end it with `agentfs stop`.",
        }
    )


def _gone(method: str, not_executed: bool, spoilt: Optional[str] = None) -> AgentFSError:
    why = "went away" if spoilt is None else f"sent what is no message of AgentFS ({spoilt}); the connection is closed"
    return error_of(
        {
            "code": "OWNER_GONE",
            "message": f"the process that owns the workspace {why}",
            "operation": method,
            "hint": "Repeat the call: the next one opens the workspace again. See owner.log for why it ended.",
            "data": {"notExecuted": not_executed},
        }
    )
