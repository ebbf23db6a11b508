"""The hints of the package, and what a program of both faces makes of them, by mypy --strict."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentfs import aio
from agentfs.shapes import camel
from agentfs.sync import Strategy, WorkspaceSync

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
        await ws.sync.enable("file:/r.db", mode="sometimes")
        await ws.sync.config(conflict_resolution="manual", include=["*.py"], batch_size="10")
        await ws.sync.resolve("/f", strategy="mine")
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
    errors = [line for line in result.stdout.splitlines() if " error: " in line]
    assert len(errors) == 4, result.stdout
    # What is not awaited is no text; and only what the protocol takes are options.
    for error, named in zip(errors, ("upper", "mode", "batch_size", "strategy")):
        assert f'"{named}"' in error, result.stdout


def test_the_options_of_sync_are_those_of_the_protocol() -> None:
    document = json.loads((_SDK.parent / "openrpc.json").read_text())
    schemas = document["components"]["schemas"]
    params = {method["name"]: {one["name"] for one in method["params"]} for method in document["methods"]}
    wanted = {
        "enable": params["sync.enable"],
        "config": {*schemas["ConfigChanges"]["properties"], "remote"},
        "resolve": params["sync.resolve"] - {"conflicts"},
        "resolve_all": params["sync.resolve"] - {"conflict"},
    }
    for face in (WorkspaceSync, aio.sync.WorkspaceSync):
        for name, options in wanted.items():
            has = [camel(one) for one in inspect.signature(getattr(face, name)).parameters if one != "self"]
            assert sorted(has) == sorted(options), f"{face} {name}"
    assert list(Strategy.__args__) == schemas["ResolveStrategy"]["enum"]  # type: ignore[attr-defined]
