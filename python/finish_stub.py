#!/usr/bin/env python3
"""Finishes the stub that nanobind's stubgen wrote: built-in types by their whole names, since a tensor has methods called float, int and
bool, and what the binding leaves open, that an operator gives a tensor.  finish_stub.py RAW OUT"""
import re
import sys

PREAMBLE = '''# Made by nanobind's stubgen and python/finish_stub.py when the module was built.
import builtins
from typing import Any

from maru._size import Size

__version__: builtins.str
'''
# What the binding takes as it comes: by the name of the method, what it gives.
TENSOR = (r"__(?:r?(?:add|sub|mul|truediv|pow)|floordiv|mod|lt|le|gt|ge|and|or)__", "Tensor")
GIVES = {"item": "Any", "tolist": "Any", "numpy": "Any", "__array__": "Any", "__dlpack__": "Any", "__repr__": "builtins.str",
         "_run_task": "Any",
         "dtype": "Any"}


def finished(text: str) -> str:
    text = text.replace("from maru import Error as Error, NotFoundError as NotFoundError\n",
                        "class Error(ValueError): ...\n\nclass NotFoundError(Error, LookupError): ...\n")
    text = re.sub(r"(?<=[:\[>|,] )(bool|int|float|str|tuple|list|dict)\b(?! *\()", r"builtins.\1", text)
    text = re.sub(r"(?<=\[)(bool|int|float|str|tuple|list|dict)\b", r"builtins.\1", text)
    text = text.replace("bool: builtins.dtype", "bool: dtype").replace("object | None", "Any").replace("Iterator:", "Iterator[Any]:")
    text = re.sub(rf"(def {TENSOR[0]}\(self, )\w+: object, /\) -> object", r"\1other: Any, /) -> Tensor", text)
    text = re.sub(r"def __(eq|ne)__\(self, other: Any\) -> object",
                  r"def __\1__(self, other: Any) -> Tensor:  # type: ignore[override]\n        return", text)
    text = re.sub(r"  # type: ignore\[override\]\n        return: \.\.\.", " ...  # type: ignore[override]", text)
    for name, what in GIVES.items():
        text = re.sub(rf"(def {name}\([^\n]*\)) -> object", rf"\1 -> {what}", text)
    text = text.replace("def shape(self) -> object", "def shape(self) -> Size").replace("def size(self, dim: Any = None) -> object",
                                                                                      "def size(self, dim: Any = None) -> Any")
    text = re.sub(r"(def (?:max|min)\(self, [^\n]*) -> object", r"\1 -> Any", text)
    return PREAMBLE + text.replace(": object", ": Any")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as raw, open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(finished(raw.read()))
