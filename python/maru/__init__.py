"""maru: language models, looked into. The names are those of transformers; `import maru.torch as torch` gives tensors without torch."""
from ._maru import Error, NotFoundError, Tensor, __version__, _set_size
from ._size import Size

_set_size(Size)

TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from . import torch as torch, train as train
    from .learning import tiny as tiny
    from .models import (AutoConfig as AutoConfig, AutoModel as AutoModel, AutoModelForCausalLM as AutoModelForCausalLM,
                         AutoModelForMaskedLM as AutoModelForMaskedLM,
                         AutoModelForNextSentencePrediction as AutoModelForNextSentencePrediction,
                         AutoModelForQuestionAnswering as AutoModelForQuestionAnswering, AutoModelForSeq2SeqLM as AutoModelForSeq2SeqLM,
                         AutoModelForSequenceClassification as AutoModelForSequenceClassification,
                         AutoModelForTokenClassification as AutoModelForTokenClassification, Model as Model, ModelOutput as ModelOutput)
    from .tasks import pipeline as pipeline
    from .tokenizer import AutoTokenizer as AutoTokenizer, BatchEncoding as BatchEncoding, Tokenizer as Tokenizer
    from .watching import watch as watch

# Loaded when they are asked for first: a script pays only for what it uses.
_WHERE = {
    "AutoTokenizer": "tokenizer", "Tokenizer": "tokenizer", "BatchEncoding": "tokenizer",
    "AutoModel": "models", "AutoModelForCausalLM": "models", "AutoModelForMaskedLM": "models", "AutoModelForSeq2SeqLM": "models",
    "AutoModelForSequenceClassification": "models", "AutoModelForTokenClassification": "models", "AutoModelForQuestionAnswering": "models",
    "AutoModelForNextSentencePrediction": "models", "AutoConfig": "models", "ModelOutput": "models", "Model": "models",
    "pipeline": "tasks", "watch": "watching", "tiny": "learning",
}

__all__ = ["Error", "NotFoundError", "Tensor", "__version__", *_WHERE]


def __getattr__(name):
    from importlib import import_module
    if name in _WHERE:
        value = getattr(import_module("." + _WHERE[name], __name__), name)
        globals()[name] = value
        return value
    if name in ("torch", "train"):
        return import_module("." + name, __name__)
    raise AttributeError(f"module 'maru' has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, "torch", "train"])
