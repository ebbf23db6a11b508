"""JSON-RPC messages in frames: two lengths (u32, big-endian), the JSON, the raw bytes of its member `data`."""

from __future__ import annotations

import json
import struct
from typing import Any, Callable, Dict, List, Mapping, Union

PROTOCOL_VERSION = 1
"""The version that this client speaks; an owner must speak the same."""
MAX_DATA_BYTES = 4 * 1024 * 1024
"""How much one call carries."""
_HEAD = struct.Struct(">II")

Buffer = Union[bytes, bytearray, memoryview]


def encode(method: str, params: Mapping[str, Any], call: int) -> List[Buffer]:
    """The parts to send one after another."""
    data = params.get("data")
    if isinstance(data, (bytes, bytearray, memoryview)):
        params = {**params, "data": {"$bytes": len(data)}}
    else:
        data = b""
    text = json.dumps({"jsonrpc": "2.0", "id": call, "method": method, "params": params}).encode()
    head = _HEAD.pack(len(text), len(data)) + text
    return [head + data] if len(data) < 65536 else [head, data]


def read(receive: Callable[[int], bytes]) -> Dict[str, Any]:
    """The next message; `receive` returns exactly so many bytes, or raises EOFError."""
    text_length, data_length = _HEAD.unpack(receive(_HEAD.size))
    message: Dict[str, Any] = json.loads(receive(text_length))
    if data_length > 0:
        for member in ("result", "params"):
            holder = message.get(member)
            if isinstance(holder, dict) and "data" in holder:
                holder["data"] = receive(data_length)
                break
    elif isinstance(message.get("result"), dict) and message["result"].get("data") == {"$bytes": 0}:
        message["result"]["data"] = b""
    return message
