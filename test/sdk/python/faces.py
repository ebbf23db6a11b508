"""The two faces of the SDK as the conformance list's runner sees them: what is called goes by the SDK's own methods."""

import asyncio
import os
import queue
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Dict, List

from agentfs import AgentFS, aio

from surface import OF_A_HOME, OF_A_WORKSPACE, as_json, settled

_CALLS_AT_ONCE = 64
_HEARING_SECONDS = 20


class Agent:
    """One home, and the workspace of a case in it."""

    def __init__(self, afs: Any, workspace: Any) -> None:
        self.afs = afs
        self.workspace = workspace
        self.heard: "queue.Queue[Any]" = queue.Queue()


class Face:
    """`run` has a piece of work done in the way of the face. The homes stay from case to case, the workspaces do not."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._homes: Dict[str, Any] = {}
        self._workspace = ""
        self._agents: Dict[str, Agent] = {}
        self._making = asyncio.Lock()

    def begin(self, workspace: str) -> None:
        self._workspace = workspace

    async def end(self) -> None:
        for agent in self._agents.values():
            await self.run(agent.workspace.close)
        self._agents.clear()

    async def call(self, name: str, step: Dict[str, Any], params: Dict[str, Any]) -> Any:
        agent = await self._agent(name)
        method = step["call"]
        if method == "events.subscribe":
            return await self._listen(agent, params["names"])
        of_home = method.startswith("home.")
        owner, table = (agent.afs, OF_A_HOME) if of_home else (agent.workspace, OF_A_WORKSPACE)
        if step.get("raw") or method not in table:
            return as_json(await self.run(lambda: owner.call(method, **params)))
        call, shape = table[method]
        return shape(await self.run(lambda: call(owner, params)))

    async def do(self, name: str, what: str) -> None:
        agent = await self._agent(name)
        if what == "kill-owner":
            owner = await self.run(agent.workspace.owner)
            os.kill(owner.pid, signal.SIGKILL)
        elif what == "open":
            agent.workspace = await self.run(lambda: agent.afs.workspace.get(self._workspace))
        else:
            await self.run({"close": agent.workspace.close, "start-owner": agent.workspace.start_owner}[what])

    async def hears(self, name: str, event: str) -> Any:
        agent = await self._agent(name)
        loop = asyncio.get_running_loop()
        return as_json(await loop.run_in_executor(None, lambda: agent.heard.get(timeout=_HEARING_SECONDS)))

    async def close(self) -> None:
        for home in self._homes.values():
            await self.run(home.close)

    async def run(self, work: Callable[[], Any]) -> Any:
        raise NotImplementedError

    def home(self, directory: Path) -> Any:
        raise NotImplementedError

    async def _agent(self, name: str) -> Agent:
        async with self._making:
            if name not in self._homes:
                self._homes[name] = self.home(self._directory / name)
            if name not in self._agents:
                afs = self._homes[name]
                self._agents[name] = Agent(afs, await self.run(lambda: afs.workspace.create(self._workspace)))
            return self._agents[name]

    async def _listen(self, agent: Agent, names: List[str]) -> None:
        for name in names:
            event = name.split(".", 1)[1]
            await self.run(lambda event=event: agent.workspace.sync.on(event, agent.heard.put))


class SynchronousFace(Face):
    """Each call on a thread of its own."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._threads = ThreadPoolExecutor(_CALLS_AT_ONCE)

    async def run(self, work: Callable[[], Any]) -> Any:
        def drained() -> Any:
            value = work()
            return list(value) if hasattr(value, "__next__") else value

        return await asyncio.get_running_loop().run_in_executor(self._threads, drained)

    def home(self, directory: Path) -> Any:
        return AgentFS(home=directory)

    async def close(self) -> None:
        await super().close()
        self._threads.shutdown()


class AsynchronousFace(Face):
    """All calls on one event loop, and no thread but this."""

    async def run(self, work: Callable[[], Any]) -> Any:
        value = await settled(work())
        assert [one.name for one in threading.enumerate() if one.name.startswith("agentfs")] == []
        return value

    def home(self, directory: Path) -> Any:
        assert AgentFS.aio is aio.AgentFS
        return AgentFS.aio(home=directory)
