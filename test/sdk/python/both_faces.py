"""A test of both faces of the SDK, for threads and for asyncio, that is written once."""

import asyncio
import contextlib
import functools
import inspect
from pathlib import Path
from typing import Any, Awaitable, Callable, Iterator

import pytest

import agentfs.aio.wire
from agentfs import AgentFS, AgentFSError, command, dialogue, wire


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
