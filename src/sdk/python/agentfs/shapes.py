"""JSON of the protocol as the dataclasses of models.py, and arguments in snake_case as the protocol's params."""

from __future__ import annotations

import dataclasses
import functools
import re
import sys
import typing
from typing import Any, Callable, Dict, Mapping, Tuple, Type, TypeVar

T = TypeVar("T")
Maker = Callable[[Any], Any]


def shaped(cls: Type[T], json: Mapping[str, Any]) -> T:
    """What a newer owner tells besides is left out."""
    kind: Any = cls
    return typing.cast(T, _maker_of(kind)(json))


def params_of(**arguments: Any) -> Dict[str, Any]:
    """Without what was not given."""
    return {camel(name): value for name, value in arguments.items() if value is not None}


def camel(name: str) -> str:
    """`turso_db` as `tursoDb`."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name.rstrip("_"))


@functools.lru_cache(maxsize=None)
def _maker_of(kind: Any) -> Maker:
    if _is_shape(kind):
        return _dataclass_maker(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        make = _maker_of(arguments[0])
        return lambda json: tuple(make(one) for one in json)
    if origin is dict:
        make = _maker_of(arguments[1])
        return lambda json: {name: make(one) for name, one in json.items()}
    if origin is typing.Union:
        shapes = [one for one in arguments if one is not type(None)]
        if len(shapes) == 1:
            make = _maker_of(shapes[0])
            return lambda json: None if json is None else make(json)
        return _union_maker(tuple(shapes))
    return lambda json: json


def _is_shape(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind)


def _dataclass_maker(cls: Any) -> Maker:
    hints = typing.get_type_hints(cls, vars(sys.modules[cls.__module__]))
    members = [(name, camel(name), _maker_of(kind)) for name, kind in hints.items()]

    def make(json: Mapping[str, Any]) -> Any:
        return cls(**{name: build(json[key]) for name, key, build in members if key in json})

    return make


def _union_maker(shapes: Tuple[Any, ...]) -> Maker:
    """Of several dataclasses, the one that has all members that are told, and the most of them."""

    def make(json: Any) -> Any:
        if not isinstance(json, Mapping):
            return json
        for cls in (one for one in shapes if _is_shape(one)):
            needed = {camel(field.name) for field in dataclasses.fields(cls)}
            if needed == set(json):
                return _maker_of(cls)(json)
        return json

    return make
