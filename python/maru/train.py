"""Tiny real models, trained on the spot in a few seconds: maru.train.masked_lm(sentences), maru.train.causal_lm(sentences)."""
from __future__ import annotations

from ._maru import _train
from ._words import fail
from .learning import write
from .models import Model
from .tokenizer import Tokenizer

TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from typing import Sequence, Tuple

_WIDTH, _HEADS = 64, 4


def _learn(kind, sentences, steps, seed, vocabulary, layers, batch, learning_rate, masked):
    import atexit
    import shutil
    import tempfile
    sentences = [s for s in sentences if s.strip()]
    if not sentences:
        fail("training: no sentences were given")
    folder = tempfile.mkdtemp(prefix="maru-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write(folder, kind, sentences, vocabulary, seed, width=_WIDTH, layers=layers, heads=_HEADS)
    tokenizer = Tokenizer(folder)
    rows = []
    for sentence in sentences:
        ids = tokenizer(sentence)["input_ids"]
        if not masked:  # the end of text stands around each: it begins, and it ends
            ids = [tokenizer.eos_token_id, *ids, tokenizer.eos_token_id]
        if len(ids) > tokenizer.model_max_length:
            fail("training: a sentence has {} tokens, the tiny model takes {}; shorten it: {}…", len(ids), tokenizer.model_max_length,
                 sentence[:40])
        rows.append(ids)
    losses = _train(folder, rows, tokenizer.all_special_ids, tokenizer.mask_token_id if masked else -1, tokenizer.vocab_size, steps, batch,
                    learning_rate, seed)
    return Model(folder, ("vocabulary",), f"tiny {kind}"), tokenizer, losses


def masked_lm(sentences: Sequence[str], steps: int = 300, seed: int = 0, *, vocabulary: int = 400, layers: int = 2, batch: int = 16,
              learning_rate: float = 3e-3) -> Tuple[Model, Tokenizer, list[float]]:
    """A BERT that fills in what is masked.  -> (model, tokenizer, the loss of every step)"""
    return _learn("bert", sentences, steps, seed, vocabulary, layers, batch, learning_rate, True)


def causal_lm(sentences: Sequence[str], steps: int = 300, seed: int = 0, *, vocabulary: int = 400, layers: int = 2, batch: int = 16,
              learning_rate: float = 3e-3) -> Tuple[Model, Tokenizer, list[float]]:
    """A GPT-2 that writes on.  -> (model, tokenizer, the loss of every step)"""
    return _learn("gpt2", sentences, steps, seed, vocabulary, layers, batch, learning_rate, False)
