"""`models`, loaded when first used: making its dataclasses takes longer than finding an owner and connecting."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import models as models
else:

    class _Models:
        def __getattr__(self, name: str) -> Any:
            return getattr(importlib.import_module(f"{__package__}.models"), name)

    models = _Models()
