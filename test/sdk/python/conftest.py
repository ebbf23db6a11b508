"""What the tests stand on: where the command is, and the remote of the conformance list."""

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

_ROOT = Path(__file__).resolve().parents[3]
os.environ.setdefault("AGENTFS_BIN", str(_ROOT / "dist" / "cli" / "main.js"))
sys.path.insert(0, str(_ROOT / "src" / "sdk" / "python"))
_numbers = itertools.count(1)


@pytest.fixture
def variables(tmp_path: Path, request: Any) -> Dict[str, Any]:
    """Of a case: a remote that it has to itself, on the server of the test run where there is one."""
    case = request.getfixturevalue("case")
    server = os.environ.get("AGENTFS_TEST_SERVER")
    for need in case.get("needs", []):
        if need == "server" and server is None:
            pytest.skip("it needs a server: AGENTFS_TEST_SERVER is not set")
        if need == "mount" and not os.access("/dev/fuse", os.R_OK | os.W_OK):
            pytest.skip("it needs a mount: /dev/fuse is not there")
    (tmp_path / "mnt").mkdir()
    return {
        "directory": str(tmp_path),
        "workspace": f"case-{os.getpid()}-{next(_numbers)}",
        "remote": server or f"file:{tmp_path / 'remote.db'}",
        "token": os.environ.get("AGENTFS_TEST_TOKEN", "token"),
        "expiredToken": os.environ.get("AGENTFS_TEST_EXPIRED_TOKEN", ""),
    }


def pytest_runtest_logreport(report: Any) -> None:
    """A line of JSON for each test, for whoever runs them all."""
    place = os.environ.get("AGENTFS_TEST_OUTCOMES")
    if place is None or (report.passed and report.when != "call"):
        return
    name = report.nodeid.split("::", 1)[1]
    given = name.partition("[")[2].rstrip("]")
    title = given.encode().decode("unicode_escape") if given else name.split("::")[-1].replace("_", " ")
    told = report.longrepr[2] if report.skipped else report.longreprtext
    with open(place, "a") as file:
        print(json.dumps({"title": f"Python: {title}", "outcome": report.outcome, "told": told}), file=file)
