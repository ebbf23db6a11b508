"""
Each method of the protocol as the Python SDK has it: which of its own methods to call, and how what that returns is in the
protocol's shape. The same for both faces: what is called may return something to be awaited.
"""

import dataclasses
import inspect
from typing import Any, Callable, Dict, Tuple

from agentfs.shapes import camel

Method = Tuple[Callable[[Any, Dict[str, Any]], Any], Callable[[Any], Any]]


def as_json(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {camel(field.name): as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in value]
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    return value


async def settled(value: Any) -> Any:
    if inspect.isawaitable(value):
        return await value
    if hasattr(value, "__aiter__"):
        return [one async for one in value]
    return value


def member(name: str) -> Callable[[Any], Any]:
    return lambda value: {name: as_json(value)}


def renamed(params: Dict[str, Any], **names: str) -> Dict[str, Any]:
    """Params as keyword arguments: `noReplace` as `no_replace`, and what is called differently."""
    snake = "".join
    return {
        names.get(name, snake(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)): value
        for name, value in params.items()
    }


def seconds(time: Any) -> Any:
    return None if time == "now" else time["sec"] * 1_000_000_000 + time["nsec"]


def write_file(ws: Any, params: Dict[str, Any]) -> Any:
    flag = params.get("flag", "w")
    if flag == "a":
        return ws.append_file(params["path"], params["data"])
    return ws.write_file(params["path"], params["data"], mode=params.get("mode"), exclusive=flag == "wx")


def utimes(ws: Any, params: Dict[str, Any]) -> Any:
    return ws.utimes(params["path"], ns=(seconds(params["atime"]), seconds(params["mtime"])))


def stat(ws: Any, params: Dict[str, Any]) -> Any:
    return ws.stat(params["path"], follow_symlinks=params.get("follow", True))


def resolve(ws: Any, params: Dict[str, Any]) -> Any:
    how = renamed(params)
    one = how.pop("conflict", None)
    if one is None:
        return ws.sync.resolve_all(**how)
    return ws.sync.resolve(one if isinstance(one, str) else Reference(**one), **how)


@dataclasses.dataclass
class Reference:
    id: str
    path: str


def by_path(name: str, result: Callable[[Any], Any] = as_json) -> Method:
    return lambda ws, params: getattr(ws, name)(**renamed(params)), result


def by_name(name: str, result: Callable[[Any], Any] = as_json) -> Method:
    return lambda ws, params: getattr(ws.sync, name)(**renamed(params)), result


def moved(name: str) -> Method:
    return lambda ws, params: getattr(ws, name)(**renamed(params, **{"from": "source", "to": "target"})), as_json


OF_A_WORKSPACE: Dict[str, Method] = {
    "fs.stat": (stat, as_json),
    "fs.exists": by_path("exists", member("exists")),
    "fs.realpath": by_path("realpath", member("path")),
    "fs.readFile": by_path("read_bytes", member("data")),
    "fs.writeFile": (write_file, as_json),
    "fs.readdir": (lambda ws, params: ws.scandir(**params), member("entries")),
    "fs.mkdir": (lambda ws, params: ws.mkdir(**renamed(params, recursive="parents")), as_json),
    "fs.rmdir": by_path("rmdir"),
    "fs.unlink": by_path("unlink"),
    "fs.rm": by_path("rm"),
    "fs.rename": moved("rename"),
    "fs.copyFile": moved("copy_file"),
    "fs.link": by_path("link"),
    "fs.symlink": by_path("symlink"),
    "fs.readlink": by_path("readlink", member("target")),
    "fs.chmod": by_path("chmod"),
    "fs.chown": by_path("chown"),
    "fs.utimes": (utimes, as_json),
    "fs.getxattr": by_path("getxattr", member("data")),
    "fs.setxattr": by_path("setxattr"),
    "fs.listxattr": by_path("listxattr", member("names")),
    "fs.removexattr": by_path("removexattr"),
    "fs.statfs": by_path("statfs"),
    "sync.enable": by_name("enable"),
    "sync.disable": by_name("disable"),
    "sync.push": by_name("push"),
    "sync.pull": by_name("pull"),
    "sync.config": (lambda ws, params: ws.sync.config(**renamed(params.get("changes", {}))), as_json),
    "sync.explain": by_name("explain"),
    "sync.status": by_name("status"),
    "sync.conflicts": by_name("conflicts", member("conflicts")),
    "sync.audit": (lambda ws, params: ws.audit(**params), as_json),
    "sync.verify": by_name("verify"),
    "sync.metrics": by_name("metrics"),
    "sync.agents": by_name("agents", member("agents")),
    "sync.reset": by_name("reset"),
    "sync.resolve": (resolve, as_json),
    "sync.compare": by_name("compare"),
    "checkpoint.create": (lambda ws, params: ws.checkpoints.create(**params), as_json),
    "checkpoint.list": (lambda ws, params: ws.checkpoints.list(**params), member("checkpoints")),
    "checkpoint.delete": (lambda ws, params: ws.checkpoints.delete(**params), as_json),
    "history.log": by_path("history"),
    "history.diff": (lambda ws, params: ws.diff(**renamed(params, **{"from": "start", "to": "end"})), as_json),
    "history.restore": by_path("restore"),
    "owner.info": by_path("owner"),
    "owner.flush": by_path("flush"),
    "workspace.info": by_path("info"),
    "workspace.check": by_path("check", member("problems")),
    "mount.add": (lambda ws, params: ws.mount(params["mountpoint"]), lambda mount: as_json(mount.info)),
    "mount.list": by_path("mounts", member("mounts")),
    "mount.remove": (lambda ws, params: ws.unmount(params.get("mountpoint")), as_json),
}

OF_A_HOME: Dict[str, Method] = {
    "home.create": (lambda afs, params: afs.workspace.create(**params), lambda ws: {"name": ws.name}),
    "home.get": (lambda afs, params: afs.workspace.get(**params), lambda ws: {"name": ws.name}),
    "home.list": (lambda afs, params: afs.workspace.list(), member("workspaces")),
    "home.delete": (lambda afs, params: afs.workspace.delete(**params), member("kept")),
}
