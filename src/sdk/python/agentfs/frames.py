"""JSON-RPC messages in frames: two lengths (u32, big-endian), the JSON, the raw bytes of its member `data`. No I/O."""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, List, Mapping, Optional, Union

PROTOCOL_VERSION = 1
"""The version that this client speaks; an owner must speak the same."""
MAX_JSON_BYTES = 32 * 1024 * 1024
MAX_DATA_BYTES = 4 * 1024 * 1024
"""How much one call carries."""
_HEAD = struct.Struct(">II")
_BUFFER_BYTES = 65536

Buffer = Union[bytes, bytearray, memoryview]


def encode(method: str, params: Mapping[str, Any], call: Optional[int]) -> List[Buffer]:
    """The parts to send one after another; without a number it is a notification."""
    data = params.get("data")
    if isinstance(data, memoryview):
        data = data.cast("B")
    if isinstance(data, (bytes, bytearray, memoryview)):
        params = {**params, "data": {"$bytes": len(data)}}
    else:
        data = b""
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    try:
        text = json.dumps(message if call is None else {**message, "id": call}, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise type(error)(f"{method}: {_culprit(params)}: {error}") from None
    head = _HEAD.pack(len(text), len(data)) + text
    return [head + data] if len(data) < _BUFFER_BYTES else [head, data]


class Reader:
    """
    Cuts messages out of a stream: receive into `room()`, tell how much by `took()`, which returns what is whole by then.
    A large message is received where it will be read, and is copied once.
    """

    def __init__(self) -> None:
        self._buffer = bytearray(_BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0
        self._large: Optional[bytearray] = None
        self._filled = 0

    def room(self) -> memoryview:
        if self._large is not None:
            return memoryview(self._large)[self._filled :]
        return self._view[self._end :]

    def took(self, count: int) -> List[Dict[str, Any]]:
        """Raises ValueError for what is no message: nothing after it can be understood."""
        if self._large is not None:
            self._filled += count
            if self._filled < len(self._large):
                return []
            message = _decoded(memoryview(self._large), 0)
            self._large = None
            return [message]
        self._end += count
        messages = []
        while self._end - self._start >= _HEAD.size:
            whole = _HEAD.size + sum(_lengths(self._view, self._start))
            if self._end - self._start < whole:
                if whole > _BUFFER_BYTES:
                    self._enlarge(whole)
                break
            messages.append(_decoded(self._view, self._start))
            self._start += whole
        self._begin_anew()
        return messages

    def _enlarge(self, whole: int) -> None:
        self._large = bytearray(whole)
        self._filled = self._end - self._start
        self._large[: self._filled] = self._view[self._start : self._end]
        self._start = self._end = 0

    def _begin_anew(self) -> None:
        rest = self._end - self._start
        if self._start > 0:
            self._buffer[:rest] = self._buffer[self._start : self._end]
            self._start, self._end = 0, rest


def _culprit(params: Mapping[str, Any]) -> str:
    """Of params that are no JSON, the one that is to blame."""
    for name, value in params.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            return name
    return "params"


def _lengths(view: memoryview, start: int) -> "tuple[int, int]":
    text, data = _HEAD.unpack_from(view, start)
    if text == 0 or text > MAX_JSON_BYTES or data > MAX_DATA_BYTES:
        raise ValueError(f"a message of {text} + {data} bytes is not allowed")
    return text, data


def _decoded(view: memoryview, start: int) -> Dict[str, Any]:
    text_length, data_length = _lengths(view, start)
    begin = start + _HEAD.size
    try:
        message: Dict[str, Any] = json.loads(bytes(view[begin : begin + text_length]))
    except RecursionError:
        raise ValueError("a message is nested too deeply") from None
    if not isinstance(message, dict):
        raise ValueError(f"a message is an object, and no {type(message).__name__}")
    for member in ("result", "params"):
        holder = message.get(member)
        if isinstance(holder, dict) and isinstance(holder.get("data"), dict) and "$bytes" in holder["data"]:
            holder["data"] = bytes(view[begin + text_length : begin + text_length + data_length])
    return message
