"""maru.watch(model): what passes inside, by name and layer, and other values in its stead."""
from __future__ import annotations

from ._maru import _Watcher


TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Mapping, Optional


class watch:
    """with maru.watch(model) as seen: model(**tokens); seen["attention.q", 0]

    names: what is kept, names or (name, layer); None keeps everything, the weights of attention too.
    change: {("attention.q", 0): function}; a function gets the tensor and returns another of its shape, or None to leave it.
    """

    def __init__(self, model: Any, names: Optional[Iterable[Any]] = None,
                 change: Optional[Mapping[Any, Callable[[Any], Any]]] = None) -> None:
        self._model = getattr(model, "model", model)._m
        self._names, self._change = names, change

    def __enter__(self) -> _Watcher:
        self._watcher = _Watcher(self._names, self._change)
        self._model.watch(self._watcher)
        return self._watcher

    def __exit__(self, *_: object) -> None:
        self._model.unwatch(self._watcher)
