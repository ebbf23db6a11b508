"""The hints of the package, and what a program of both faces makes of them, by mypy --strict."""

import subprocess
import sys
from pathlib import Path

import pytest

_SDK = Path(__file__).resolve().parents[3] / "src" / "sdk" / "python"
_PROGRAM = '''
import agentfs
from agentfs import AgentFS, Workspace

def threads(ws: Workspace) -> None:
    reveal_type(ws.read_file("/f"))
    reveal_type(ws.read_file("/f", "utf-8"))
    reveal_type(ws.open("/f"))
    reveal_type(ws.open("/f", "rb"))
    reveal_type(ws.sync.status().pending_changes)

async def tasks() -> None:
    async with AgentFS.aio() as afs:
        ws = await afs.workspace.create("w")
        reveal_type(await ws.read_file("/f", "utf-8"))
        reveal_type(await ws.open("/f", "rb"))
        reveal_type([entry async for entry in ws.scandir("/")])
        ws.read_file("/f").upper()
'''


def test_the_package_and_a_program_are_checked_by_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy could not be had from PyPI")
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    config = ["--strict", "--config-file", str(_SDK / "pyproject.toml"), "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", *config, str(_SDK / "agentfs"), str(program)]
    result = subprocess.run(command, cwd=_SDK, capture_output=True, text=True)
    told = [line.split("note: Revealed type is ")[1].strip('"') for line in result.stdout.splitlines() if "Revealed" in line]
    assert [one.replace("builtins.", "") for one in told] == [
        "bytes",
        "str",
        told[2],
        told[3],
        "int",
        "str",
        "agentfs.aio.file.AsyncFile[bytes]",
        "list[agentfs.models.ListedEntry]",
    ], result.stdout
    assert "TextIOWrapper" in told[2] and "IO[" in told[3]
    # What is not awaited is no text.
    assert result.stdout.count(" error: ") == 1 and '"upper"' in result.stdout, result.stdout
