"""What goes wrong, as AgentFSError; of a kind that Python has a name for, as that too."""

from __future__ import annotations

import errno
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type

from .late import models
from .shapes import shaped


class AgentFSError(Exception):
    """`code` is one of a closed set; `hint` says what to do, where there is something to be done."""

    code: str
    message: str
    operation: Optional[str]
    path: Optional[str]
    hint: Optional[str]
    data: Any

    def __init__(
        self,
        code: str,
        message: str,
        *,
        operation: Optional[str] = None,
        path: Optional[str] = None,
        hint: Optional[str] = None,
        data: Any = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.operation = operation
        self.path = path
        self.hint = hint
        self.data = data

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"

    def __reduce__(self) -> Tuple[Any, ...]:
        return error_of, (
            {
                "code": self.code,
                "message": self.message,
                "operation": self.operation,
                "path": self.path,
                "hint": self.hint,
                "data": self.data,
            },
        )


class SyncConflictError(AgentFSError):
    """Conflicts wait for a person (policy `manual`): neither side was touched there, everything else went through."""

    @property
    def conflicts(self) -> List[models.SyncConflict]:
        told = (self.data or {}).get("conflicts", [])
        return [shaped(models.SyncConflict, conflict) for conflict in told]

    @property
    def report(self) -> Optional[models.SyncReport]:
        """What the sync did besides, where it got that far."""
        told = (self.data or {}).get("report")
        return None if told is None else shaped(models.SyncReport, told)


_NATURAL: Dict[str, Type[Exception]] = {
    "ENOENT": FileNotFoundError,
    "EEXIST": FileExistsError,
    "EISDIR": IsADirectoryError,
    "ENOTDIR": NotADirectoryError,
    "EACCES": PermissionError,
    "EPERM": PermissionError,
    "EAGAIN": BlockingIOError,
    "WORKSPACE_NOT_FOUND": LookupError,
    "WORKSPACE_EXISTS": FileExistsError,
    "WORKSPACE_INVALID_NAME": ValueError,
    "INVALID_ARGUMENT": ValueError,
    "USAGE": ValueError,
    "OWNER_GONE": ConnectionError,
    "OWNER_UNREACHABLE": ConnectionError,
    "REMOTE_UNREACHABLE": ConnectionError,
    "CANCELLED": InterruptedError,
}
_classes: Dict[str, Type[AgentFSError]] = {"SYNC_CONFLICT": SyncConflictError}


def _class_of(code: str) -> Type[AgentFSError]:
    known = _classes.get(code)
    if known is None:
        natural = _NATURAL.get(code, OSError if hasattr(errno, code) else None)
        bases = (AgentFSError,) if natural is None else (AgentFSError, natural)
        known = type("AgentFSError", bases, {"__module__": __name__})
        _classes[code] = known
    return known


def error_of(json: Mapping[str, Any]) -> AgentFSError:
    """The error that crossed the socket as JSON."""
    code = json["code"]
    error = _class_of(code)(
        code,
        json["message"],
        operation=json.get("operation"),
        path=json.get("path"),
        hint=json.get("hint"),
        data=json.get("data"),
    )
    if isinstance(error, OSError):
        error.errno = getattr(errno, code, None)
        error.strerror = error.message
        error.filename = error.path
    return error
