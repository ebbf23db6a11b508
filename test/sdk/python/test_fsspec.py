"""Workspaces by fsspec: what pandas, pyarrow and whoever opens a URL make of them."""

import importlib.util
from pathlib import Path
from typing import Any, Iterator

import pytest

fsspec = pytest.importorskip("fsspec", reason="fsspec could not be had from PyPI")
from agentfs.filesystem import AgentFileSystem  # noqa: E402


def _missing(*names: str) -> Any:
    absent = [name for name in names if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(absent != [], reason=f"{', '.join(absent)} could not be had from PyPI")


@pytest.fixture
def options(tmp_path: Path) -> Iterator[Any]:
    # What an installed package's entry point does.
    fsspec.register_implementation("agentfs", AgentFileSystem, clobber=True)
    options = {"home": str(tmp_path / "home")}
    fs = fsspec.filesystem("agentfs", **options)
    fs.makedirs("agentfs://data/in", exist_ok=True)
    yield options
    fs.close()


def test_files_are_written_read_listed_moved_and_removed_by_their_urls(options: Any) -> None:
    fs = fsspec.filesystem("agentfs", **options)
    with fsspec.open("agentfs://data/in/a.txt", "w", **options) as file:
        file.write("grüße\n")
    assert fs.cat("agentfs://data/in/a.txt") == "grüße\n".encode()
    assert fs.cat_file("data/in/a.txt", start=-1) == b"\n"
    assert fs.ls("agentfs://data/in", detail=False) == ["data/in/a.txt"]
    assert fs.info("data/in/a.txt")["size"] == 8
    assert [one["name"] for one in fs.ls("")] == ["data"]
    fs.cp("data/in/a.txt", "data/b.txt")
    fs.mv("data/b.txt", "data/c.txt")
    assert fs.find("data") == ["data/c.txt", "data/in/a.txt"]
    assert fs.glob("agentfs://data/**/*.txt") == ["data/c.txt", "data/in/a.txt"]
    with fs.open("data/c.txt", "ab") as file:
        file.write(b"!")
    with fs.open("data/c.txt") as file:
        file.seek(-2, 2)
        assert file.read() == b"\n!"
    fs.rm("data/in", recursive=True)
    assert not fs.exists("data/in/a.txt") and fs.exists("data/c.txt")


def test_what_is_not_there_is_a_file_not_found(options: Any) -> None:
    fs = fsspec.filesystem("agentfs", **options)
    for path in ("data/none", "nothing/none"):
        with pytest.raises(FileNotFoundError):
            fs.open(path)
        with pytest.raises(FileNotFoundError):
            fs.info(path)
        assert not fs.exists(path)


@_missing("pandas")
def test_pandas_reads_and_writes_a_workspace(options: Any) -> None:
    import pandas

    frame = pandas.DataFrame({"n": [1, 2, 3], "word": ["eins", "zwei", "drei"]})
    frame.to_csv("agentfs://data/table.csv", index=False, storage_options=options)
    assert pandas.read_csv("agentfs://data/table.csv", storage_options=options).equals(frame)


@_missing("pandas", "pyarrow")
def test_pyarrow_reads_parquet_from_a_workspace(options: Any) -> None:
    import pyarrow
    import pyarrow.parquet

    fs = fsspec.filesystem("agentfs", **options)
    table = pyarrow.table({"n": list(range(10_000))})
    pyarrow.parquet.write_table(table, "data/table.parquet", filesystem=fs)
    assert pyarrow.parquet.read_table("data/table.parquet", filesystem=fs).equals(table)
