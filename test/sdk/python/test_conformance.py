"""The conformance list on the synchronous SDK: each call goes by the method that a Python programmer would use."""

import asyncio
import os
import queue
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
from agentfs import AgentFS, Workspace

from conformance import cases, run_case
from surface import OF_A_HOME, OF_A_WORKSPACE, as_json, settled

_CALLS_AT_ONCE = 64


class Agent:
    """One home, and the workspace in it."""

    def __init__(self, home: Path, name: str) -> None:
        self.afs = AgentFS(home=home)
        self.name = name
        self.workspace: Workspace = self.afs.workspace.create(name)
        self.heard: "queue.Queue[Any]" = queue.Queue()


class SynchronousFace:
    def __init__(self, directory: Path, workspace: str) -> None:
        self._directory = directory
        self._workspace = workspace
        self._agents: Dict[str, Agent] = {}
        self._threads = ThreadPoolExecutor(_CALLS_AT_ONCE)
        self._making = threading.Lock()

    async def call(self, agent: str, step: Dict[str, Any], params: Dict[str, Any]) -> Any:
        there = await self._in_thread(lambda: self._agent(agent))
        method = step["call"]
        if method == "events.subscribe":
            return await self._in_thread(lambda: self._listen(there, params["names"]))
        owner = there.afs if method.startswith("home.") else there.workspace
        table = OF_A_HOME if method.startswith("home.") else OF_A_WORKSPACE
        if step.get("raw") or method not in table:
            return as_json(await self._in_thread(lambda: owner.call(method, **params)))
        call, shape = table[method]
        return shape(await settled(await self._in_thread(lambda: drained(call(owner, params)))))

    async def do(self, agent: str, what: str) -> None:
        there = await self._in_thread(lambda: self._agent(agent))
        deeds: Dict[str, Callable[[], Any]] = {
            "close": there.workspace.close,
            "open": lambda: self._open(there),
            "start-owner": there.workspace.start_owner,
            "kill-owner": lambda: os.kill(there.workspace.owner().pid, signal.SIGKILL),
        }
        await self._in_thread(deeds[what])

    async def hears(self, agent: str, event: str) -> Any:
        return await self._in_thread(lambda: as_json(self._agent(agent).heard.get(timeout=20)))

    def close(self) -> None:
        for agent in self._agents.values():
            agent.afs.close()
        self._threads.shutdown()

    def _agent(self, name: str) -> Agent:
        with self._making:
            if name not in self._agents:
                self._agents[name] = Agent(self._directory / name, self._workspace)
            return self._agents[name]

    def _open(self, agent: Agent) -> None:
        agent.workspace = agent.afs.workspace.get(agent.name)

    def _listen(self, agent: Agent, names: List[str]) -> None:
        for name in names:
            agent.workspace.sync.on(name.split(".", 1)[1], agent.heard.put)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def drained(value: Any) -> Any:
    return list(value) if hasattr(value, "__next__") else value


@pytest.mark.parametrize("case", [pytest.param(case, id=title) for title, case in cases()])
def test_conformance(case: Dict[str, Any], tmp_path: Path, variables: Dict[str, Any]) -> None:
    face = SynchronousFace(tmp_path, variables["workspace"])
    try:
        asyncio.run(run_case(case, face, variables))
    finally:
        face.close()
