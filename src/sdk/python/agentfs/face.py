"""`AgentFS.aio`: asyncio is loaded when it is asked for, since that takes longer than connecting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Type

if TYPE_CHECKING:
    from . import aio


class AsyncFace:
    def __get__(self, instance: object, owner: type) -> "Type[aio.AgentFS]":
        from . import aio

        return aio.AgentFS
