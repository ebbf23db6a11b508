"""
Runs the conformance list (test/sdk/conformance/*.json; CONTRIBUTING.md says what its words mean) on one face of the SDK.

A face calls the SDK's own methods and puts what they return back into the protocol's shape: surface.py.
"""

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Tuple

from agentfs import AgentFSError

CASES = Path(__file__).resolve().parent.parent / "conformance"
_PATIENCE_SECONDS = 20.0


def cases() -> Iterator[Tuple[str, Dict[str, Any]]]:
    for file in sorted(CASES.glob("*.json")):
        document = json.loads(file.read_text())
        for case in document["cases"]:
            begin = document.get("beginnings", {}).get(case.get("begin"), [])
            yield f"{file.stem}: {case['title']}", {**case, "steps": [*begin, *case["steps"]]}


async def run_case(case: Mapping[str, Any], face: Any, variables: Dict[str, Any]) -> None:
    """`face` has call(agent, step, params), do(agent, what) and hears(agent, event), all async."""
    for step in case["steps"]:
        agent = step.get("agent", "a")
        try:
            if "do" in step:
                await face.do(agent, step["do"])
            elif "hears" in step:
                told = await face.hears(agent, step["hears"])
                check(told, filled(step.get("gives", {}), variables))
            else:
                each = [{**variables, "i": number} for number in range(step.get("times", 1))]
                results = await asyncio.gather(*(_run_call(step, agent, face, names) for names in each))
                for name, place in step.get("keep", {}).items():
                    variables[name] = _found(results[0], place)
        except BaseException as problem:
            raise AssertionError(f"{problem!r}\nin the step {json.dumps(step, ensure_ascii=False)}") from problem


async def _run_call(step: Mapping[str, Any], agent: str, face: Any, variables: Dict[str, Any]) -> Any:
    params = filled(step.get("with", {}), variables)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            result = await face.call(agent, step, params)
            break
        except AgentFSError as error:
            if error.code == step.get("while"):
                assert time.monotonic() < deadline, f"it still fails with {error.code}"
                continue
            if "fails" not in step:
                raise
            told = {name: getattr(error, name) for name in ("code", "message", "path", "hint", "data")}
            check(told, filled(step["fails"], variables), "error")
            return None
    assert "fails" not in step, f"it did not fail, and gave {result!r}"
    check(result, filled(step.get("gives"), variables))
    return result


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """With variables for their names, and bytes for their descriptions."""
    if isinstance(value, str):
        whole = re.fullmatch(r"\$\{(\w+)\}", value)
        if whole is not None:
            return variables[whole[1]]
        return re.sub(r"\$\{(\w+)\}", lambda found: str(variables[found[1]]), value)
    if isinstance(value, list):
        return [filled(one, variables) for one in value]
    if isinstance(value, dict):
        if "$text" in value:
            return str(filled(value["$text"], variables)).encode()
        if "$string" in value:
            return str(filled(value["$string"], variables))
        if "$hex" in value:
            return bytes.fromhex(value["$hex"])
        if "$repeat" in value:
            return value["$repeat"].encode() * value["times"]
        return {name: filled(one, variables) for name, one in value.items()}
    return value


def check(told: Any, expected: Any, place: str = "result") -> None:
    """Raises AssertionError where `told` is not as `expected` says."""
    if isinstance(expected, dict) and any(name.startswith("$") for name in expected):
        ((word, value),) = expected.items()
        _WORDS[word](told, value, place)
    elif isinstance(expected, dict):
        assert isinstance(told, dict), f"{place} is {told!r}"
        for name, one in expected.items():
            check(told.get(name), one, f"{place}.{name}")
    elif isinstance(expected, list):
        assert isinstance(told, list) and len(told) == len(expected), f"{place} is {told!r}"
        for index, one in enumerate(expected):
            check(told[index], one, f"{place}.{index}")
    elif expected is not None or place != "result":
        shown = f"{told[:40]!r}… of {len(told)}" if isinstance(told, bytes) else repr(told)
        assert told == expected and isinstance(told, bool) == isinstance(expected, bool), f"{place} is {shown}"


def _any(told: Any, kind: str, place: str) -> None:
    right = {
        "string": lambda: isinstance(told, str) and told != "",
        "integer": lambda: isinstance(told, int) and not isinstance(told, bool),
        "time": lambda: re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", str(told)) is not None,
    }
    assert right[kind](), f"{place} is {told!r}"


def _matches(told: Any, pattern: str, place: str) -> None:
    assert isinstance(told, str) and re.search(pattern, told), f"{place} is {told!r}"


def _at_least(told: Any, least: int, place: str) -> None:
    assert isinstance(told, int) and told >= least, f"{place} is {told!r}"


def _length(told: Any, length: int, place: str) -> None:
    assert isinstance(told, list) and len(told) == length, f"{place} is {told!r}"


def _includes(told: List[Any], expected: List[Any], place: str) -> None:
    left = list(told)
    for one in expected:
        fitting = [index for index, candidate in enumerate(left) if _fits(candidate, one)]
        assert fitting, f"nothing in {place} is as {one!r}: {told!r}"
        del left[fitting[0]]


def _unordered(told: List[Any], expected: List[Any], place: str) -> None:
    _length(told, len(expected), place)
    _includes(told, expected, place)


def _fits(told: Any, expected: Any) -> bool:
    try:
        check(told, expected)
    except AssertionError:
        return False
    return True


_WORDS = {
    "$any": _any,
    "$matches": _matches,
    "$atLeast": _at_least,
    "$length": _length,
    "$includes": _includes,
    "$unordered": _unordered,
}


def _found(result: Any, place: str) -> Any:
    for name in place.split("."):
        result = result[int(name)] if isinstance(result, list) else result[name]
    return result
