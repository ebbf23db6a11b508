"""
The way to other processes for asyncio: ../wire.py is the same for threads; all above them is written once.

One connection is for any number of tasks of its event loop: calls are answered as they end, and a task that is cancelled
cancels its call, and leaves the connection whole. No call needs a thread.
"""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import Lock as Lock
from asyncio import sleep as sleep
from typing import Any, Awaitable, Callable, List, Mapping, Optional, TypeVar

from .. import dialogue
from ..command import Command
from ..dialogue import Call, Dialogue, Listener, silent
from ..errors import AgentFSError
from ..frames import Buffer, Reader
from ..wire import assert_own

_CONNECT_SECONDS = 5.0
_RETRY_SECONDS = 0.2
_T = TypeVar("_T")


class Connection(asyncio.BufferedProtocol):
    """Made by `open` or `over`, which say hello."""

    def __init__(self, link: socket.socket, on_event: Optional[Listener]) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._process_id = os.getpid()
        self._reader = Reader()
        self._dialogue = Dialogue(on_event)
        self._transport: Optional[asyncio.Transport] = None
        self._room: Optional[asyncio.Future[None]] = None
        self.ended: "asyncio.Future[None]" = self._loop.create_future()

    @staticmethod
    async def open(path: str, on_event: Optional[Listener] = None) -> "Connection":
        """Raises FileNotFoundError or ConnectionRefusedError where nobody listens."""
        assert_own(path)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.setblocking(False)
            loop = asyncio.get_running_loop()
            await _within(_CONNECT_SECONDS, loop.sock_connect(link, path))
        except asyncio.TimeoutError:
            link.close()
            raise silent(path) from None
        except BaseException:
            link.close()
            raise
        return await Connection.over(link, path, on_event)

    @staticmethod
    async def over(link: socket.socket, name: str, on_event: Optional[Listener] = None) -> "Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: Connection(link, on_event), sock=link)
        try:
            hello = connection._ask(*connection._dialogue.hello())
            connection._dialogue.greet(await _within(dialogue.HELLO_SECONDS, hello))
        except asyncio.TimeoutError:
            connection.close()
            raise silent(name) from None
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def closed(self) -> bool:
        return self._dialogue.closed

    @property
    def usable(self) -> bool:
        """By the event loop that runs: after asyncio.run() has ended, its connections are of no use to the next."""
        return not self.closed and self._loop is asyncio.get_running_loop()

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Returns the result; raises the error that was answered, or OWNER_GONE."""
        return await self._ask(*self._dialogue.begin(method, params))

    def close(self) -> None:
        self._end()
        if self._transport is None:
            return
        if not self._loop.is_closed():
            self._transport.abort()
        else:
            # Its loop, which would do it, is gone.
            self._link.close()

    def forget(self) -> None:
        """In a forked child: the connection is the parent's."""
        self._dialogue.end()
        # Detached, so that nothing closes the number again when it is another file's.
        if self._link.fileno() >= 0:
            os.close(self._link.detach())

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._reader.room()

    def buffer_updated(self, nbytes: int) -> None:
        try:
            for message in self._reader.took(nbytes):
                call = self._dialogue.take(message)
                if call is not None:
                    _wake(call.waiter)
        except ValueError as error:
            self._dialogue.spoil(error)
            self.close()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self._end()

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        _wake(self._room)
        self._room = None

    async def _ask(self, call: Call, parts: List[Buffer]) -> Any:
        assert self._transport is not None
        call.waiter = self._loop.create_future()
        try:
            self._transport.writelines(parts)
            while self._room is not None and not call.done:
                # What many tasks write at once is not all kept in memory.
                await asyncio.shield(self._room)
            if not call.done:
                await call.waiter
        except BaseException:
            rest = self._dialogue.abandon(call)
            if rest:
                self._transport.writelines(rest)
            raise
        return self._dialogue.outcome(call)

    def _end(self) -> None:
        for call in self._dialogue.end():
            _wake(call.waiter)
        _wake(self._room)
        self._room = None
        _wake(self.ended)


class Listening:
    """Hears events on a connection and a task of its own, from one owner to the next, until `stop`."""

    def __init__(
        self, connect: Callable[[Listener], Awaitable[Connection]], on_event: Listener, names: List[str]
    ) -> None:
        self._connect = connect
        self._on_event = on_event
        self._names = names
        self._task: "Optional[asyncio.Task[None]]" = None

    async def start(self) -> None:
        self._task = asyncio.ensure_future(self._run(await self._subscribed()))

    def stop(self) -> None:
        if self._task is not None and not self._task.get_loop().is_closed():
            self._task.cancel()

    async def _run(self, connection: Optional[Connection]) -> None:
        try:
            while True:
                if connection is not None:
                    await asyncio.shield(connection.ended)
                    connection = None
                try:
                    connection = await self._subscribed()
                except (AgentFSError, OSError):
                    await sleep(_RETRY_SECONDS)
        finally:
            if connection is not None:
                connection.close()

    def _hear(self, name: str, payload: Any) -> None:
        try:
            self._on_event(name, payload)
        except Exception as error:
            # The events after it are heard all the same.
            told = {"message": "A listener of workspace.sync.on failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)

    async def _subscribed(self) -> Connection:
        connection = await self._connect(self._hear)
        await connection.call("events.subscribe", {"names": self._names})
        return connection


class CommandLink:
    """`agentfs rpc` and the connection with it."""

    def __init__(self, command: Command, connection: Connection) -> None:
        self._command = command
        self.connection = connection

    @staticmethod
    async def start(home: str) -> "CommandLink":
        command = Command(home)
        command.socket.setblocking(False)
        try:
            command.start()
            return CommandLink(command, await Connection.over(command.socket, "agentfs rpc"))
        except AgentFSError as error:
            loop = asyncio.get_running_loop()
            raise await loop.run_in_executor(None, command.explain, error) from error
        except BaseException:
            command.end()
            raise

    async def close(self) -> None:
        """Returns when all that the process owned is durable and the process has gone."""
        self.connection.close()
        await asyncio.get_running_loop().run_in_executor(None, self._command.reap)
        self._command.close()

    def forget(self) -> None:
        self.connection.forget()
        self._command.forget()


async def _within(seconds: float, work: Awaitable[_T]) -> _T:
    """
    Raises asyncio.TimeoutError. Before Python 3.12 asyncio.wait_for loses the caller's cancellation where it comes in the
    moment in which the work ends.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise asyncio.TimeoutError
        return task.result()
    finally:
        task.cancel()


def _wake(waiter: "Optional[asyncio.Future[None]]") -> None:
    if waiter is not None and not waiter.done() and not waiter.get_loop().is_closed():
        waiter.set_result(None)
