"""pipeline(task, model): the tasks of `maru`, called as those of transformers are."""
from __future__ import annotations

import sys

from ._maru import _resolve, _run_task, _task
from ._options import MODEL, PIPELINE, heed
from ._words import fail, phrase
from .models import Model

TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from typing import Any, Optional

_said: set[str] = set()


def _say(line):
    """On stderr, once in a process."""
    if line not in _said:
        _said.add(line)
        print(line, file=sys.stderr)


class Pipeline:
    def __init__(self, task, model, arguments):
        self.task, self.model, self._arguments = task["name"], model, {**task["arguments"], **arguments}
        self._fields, self._takes = task["fields"], task["takes"]

    def __call__(self, inputs: Any = None, *more: Any, **arguments: Any) -> Any:
        fields = {f: arguments.pop(f) for f in self._fields if f in arguments}
        given = (() if inputs is None else (inputs,)) + more
        if self._fields and (fields or more):
            names = [f for f in self._fields if f not in fields]
            if len(given) > len(names):
                fail("{}: {} inputs, but it takes {}: {}", self.task, len(given) + len(fields), len(self._fields), ", ".join(self._fields))
            inputs = {**dict(zip(names, given)), **fields}
        elif more:
            if len(more) > 1 or "candidate_labels" not in self._takes:
                fail("{}: {} inputs, but it takes {}: {}", self.task, len(given), 1, "inputs")
            arguments["candidate_labels"] = more[0]
        if inputs is None:
            fail("{}: a text is wanted", self.task)
        arguments = {k: v for k, v in arguments.items() if k not in PIPELINE} | heed(self.task, {k: v for k,
                                                                                                 v in arguments.items() if k in PIPELINE},
                                                                                     PIPELINE)
        output, method, notes = _run_task(self.task, self.model._m, inputs, {**self._arguments, **arguments})
        for note in [*([f"{self.task}: {method}"] if method else []), *notes]:
            _say(note)
        return output if not isinstance(output, dict) or self._fields or self.task == "zero-shot-classification" else [output]

    def __repr__(self):
        return f"pipeline({self.task!r}, model={self.model.name_or_path!r})"


def pipeline(task: str, model: Any = None, tokenizer: Any = None, model_kwargs: Optional[dict[str, Any]] = None,
             **arguments: Any) -> Pipeline:
    described = _task(task)
    heed("pipeline", {k: v for k, v in arguments.items() if k in PIPELINE}, PIPELINE)
    arguments = {k: v for k, v in arguments.items() if k not in PIPELINE}
    heed("pipeline", model_kwargs or {}, MODEL)
    for name in arguments:
        if name not in described["takes"]:
            fail("pipeline: '{}' is no argument of {}; it takes {}", name, described["name"], ", ".join(described["takes"]) or "-")
    if model is None:
        model = described["local_model"]
        if not model:
            fail("{}: give a model; the reference library would use {} from the hub", task, described["hub_model"] or "-")
        if described["hub_model"]:
            _say(phrase("No model was supplied, defaulted to {} (transformers would use {}).", model, described["hub_model"]))
        else:
            _say(phrase("No model was supplied, defaulted to {}.", model))
    if not isinstance(model, Model):
        model = Model(_resolve(str(model), True), (), model)
    if tokenizer is not None and str(getattr(tokenizer, "name_or_path", tokenizer)) != model.name_or_path:
        fail("pipeline: the tokenizer is that of {}, but the model is {}; a model is asked with its own, so leave tokenizer out",
             getattr(tokenizer, "name_or_path", tokenizer), model.name_or_path)
    return Pipeline(described, model, arguments)
