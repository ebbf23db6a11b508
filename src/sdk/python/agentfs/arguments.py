"""What callers give, checked where a wrong type would be understood by nobody later: a TypeError names the argument."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Optional, Union

from .frames import Buffer

if TYPE_CHECKING:
    from datetime import datetime

Path = Union[str, "os.PathLike[str]"]
Time = Union[float, int, "datetime"]


def path_of(path: Path, argument: str = "path") -> str:
    """As text: names in a workspace are text, and bytes are none."""
    text: Any = path.__fspath__() if hasattr(path, "__fspath__") else path
    return text_of(text, argument, "str or os.PathLike[str]")


def maybe_path(path: Optional[Path]) -> Optional[str]:
    return None if path is None else path_of(path)


def text_of(value: str, argument: str, wanted: str = "str") -> str:
    if not isinstance(value, str):
        raise _wrong(argument, wanted, value)
    return value


def bytes_of(data: Union[str, Buffer], argument: str = "data") -> Buffer:
    """Text is UTF-8."""
    if isinstance(data, str):
        return data.encode()
    try:
        return memoryview(data).cast("B")
    except TypeError:
        raise _wrong(argument, "str or bytes", data) from None


def time_of(given: Optional[Time], ns: Optional[int], argument: str) -> Union[str, Dict[str, int]]:
    """As the protocol has it; now where neither is given."""
    if ns is None:
        if given is None:
            return "now"
        if not isinstance(given, (int, float)) and not hasattr(given, "timestamp"):
            raise _wrong(argument, "a number of seconds or a datetime", given)
        seconds = given if isinstance(given, (int, float)) else given.timestamp()
        ns = seconds * 1_000_000_000 if isinstance(seconds, int) else round(seconds * 1e9)
    if not isinstance(ns, int):
        raise _wrong("ns", "a pair of int", ns)
    return {"sec": ns // 1_000_000_000, "nsec": ns % 1_000_000_000}


def _wrong(argument: str, wanted: str, given: object) -> TypeError:
    return TypeError(f"{argument} must be {wanted}, not {type(given).__name__}")
