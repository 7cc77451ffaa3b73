"""As much of torch as it takes to look at what a model gives: `import maru.torch as torch`. Nothing here records derivatives."""
from .._maru import (Tensor, allclose, arange, as_tensor, bmm, bool as bool, cat, dot, dtype, equal, eye, float32, full, int64, isfinite,
                     linspace,
                     log_softmax, manual_seed, matmul, mm, multinomial, ones, ones_like, rand, randint, randn, relu, softmax, stack, tensor,
                     tril, triu, where,
                     zeros, zeros_like)
from .._size import Size
from . import nn

float, long = float32, int64
inf, nan, pi = 1e999, 1e999 - 1e999, 3.141592653589793
concat = cat


class no_grad:
    """Nothing is recorded anyway: a context and a decorator that change nothing."""

    def __init__(self, function=None):
        self._function = function

    def __call__(self, *args, **kwargs):
        if self._function is not None:
            return self._function(*args, **kwargs)
        return args[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


inference_mode = no_grad


def _of_tensor(name):
    method = getattr(Tensor, name)

    def function(input, *args, **kwargs):
        return method(input, *args, **kwargs)
    function.__name__ = function.__qualname__ = name
    return function


for _name in ("sum", "mean", "max", "min", "argmax", "argmin", "prod", "var", "std", "exp", "log", "sqrt", "abs", "tanh", "sigmoid", "sin",
              "cos", "topk", "sort",
              "argsort", "cumsum", "squeeze", "unsqueeze", "transpose", "permute", "reshape", "flatten", "norm", "clamp", "all", "any",
              "masked_fill"):
    globals()[_name] = _of_tensor(_name)
del _name


def numel(input):
    return input.numel()


def is_tensor(value):
    return isinstance(value, Tensor)
