"""The conformance list on both faces of the SDK: each call goes by the method that a Python programmer would use."""

import asyncio
from typing import Any, Dict, Iterator, Tuple

import pytest

from conformance import cases, run_case
from faces import AsynchronousFace, Face, SynchronousFace

FACES = {"threads": SynchronousFace, "asyncio": AsynchronousFace}
Stage = Tuple[asyncio.AbstractEventLoop, Face]


@pytest.fixture(scope="module", params=FACES)
def stage(request: Any, tmp_path_factory: Any) -> Iterator[Stage]:
    loop = asyncio.new_event_loop()

    async def made() -> Face:
        return FACES[request.param](tmp_path_factory.mktemp(request.param))

    face = loop.run_until_complete(made())
    yield loop, face
    loop.run_until_complete(face.close())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.mark.parametrize("case", [pytest.param(case, id=title) for title, case in cases()])
def test_conformance(stage: Stage, case: Dict[str, Any], variables: Dict[str, Any]) -> None:
    loop, face = stage

    async def run() -> None:
        face.begin(variables["workspace"])
        try:
            await run_case(case, face, variables)
        finally:
            await face.end()

    loop.run_until_complete(run())
