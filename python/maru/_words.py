"""How the package speaks: errors and warnings in the language of the locale, by the patterns that cli/korean/python.cc translates."""
from __future__ import annotations

from ._maru import Error, _said as phrase

TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn, Optional

__all__ = ["fail", "phrase", "warn"]


def fail(pattern: str, *values: object) -> NoReturn:
    raise Error(phrase(pattern, *values))


def warn(pattern: str, *values: object) -> None:
    """At the line of the script that called the package, whatever lies between."""
    import sys
    import warnings
    depth = 2
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "maru":
        depth, frame = depth + 1, frame.f_back
    warnings.warn(phrase(pattern, *values), UserWarning, stacklevel=depth)
