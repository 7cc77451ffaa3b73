"""pipeline(task, model): the tasks of `maru`, called as those of transformers are."""
from __future__ import annotations

import sys

from ._maru import Error, _resolve, _run_task, _task
from .models import Model

_said = set()


def _say(line):
    """On stderr, once in a process."""
    if line not in _said:
        _said.add(line)
        print(line, file=sys.stderr)


class Pipeline:
    def __init__(self, task, model, arguments):
        self.task, self.model, self._arguments = task["name"], model, {**task["arguments"], **arguments}
        self._fields = task["fields"]

    def __call__(self, inputs=None, *more, **arguments):
        fields = {f: arguments.pop(f) for f in self._fields if f in arguments}
        if fields:
            inputs = fields
        elif more and self._fields:
            inputs = dict(zip(self._fields, (inputs, *more)))
        elif more:
            arguments["candidate_labels"] = more[0]
        if inputs is None:
            raise Error(f"{self.task}: a text is wanted")
        output, method, notes = _run_task(self.task, self.model._m, inputs, {**self._arguments, **arguments})
        for note in [*([f"{self.task}: {method}"] if method else []), *notes]:
            _say(note)
        return output if not isinstance(output, dict) or self._fields or self.task == "zero-shot-classification" else [output]

    def __repr__(self):
        return f"pipeline({self.task!r}, model={self.model.name_or_path!r})"


def pipeline(task, model=None, tokenizer=None, **arguments):
    described = _task(task)
    if model is None:
        model = described["local_model"]
        if not model:
            raise Error(f"{task}: give a model; the reference library would use {described['hub_model'] or 'none'} from the hub")
        hint = f" (transformers would use {described['hub_model']})" if described["hub_model"] else ""
        _say(f"No model was supplied, defaulted to {model}{hint}.")
    if not isinstance(model, Model):
        model = Model(_resolve(str(model)), (), model)
    return Pipeline(described, model, {k: v for k, v in arguments.items() if k not in ("device", "framework", "dtype", "torch_dtype")})
