"""The AutoModel classes of transformers over the C++ library. A class says which head is asked; what is computed, the library decides."""
from __future__ import annotations

from ._maru import NotFoundError, _Model, _resolve, as_tensor
from ._words import fail, phrase

TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from typing import Any, Iterator, Optional
    from ._maru import Tensor

_MAYBE = ("loss", "logits", "last_hidden_state", "pooler_output", "past_key_values", "hidden_states", "attentions", "decoder_hidden_states",
          "decoder_attentions", "cross_attentions", "encoder_last_hidden_state", "encoder_hidden_states", "encoder_attentions",
          "start_logits", "end_logits")


class ModelOutput(dict):
    """What a model gives: by attribute, by key, or by number. What this model does not compute is None."""

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name in _MAYBE:
            return None
        raise AttributeError(phrase("the output has no '{}'; it has {}", name, ", ".join(self)))

    def __getitem__(self, key: Any) -> Any:
        return dict.__getitem__(self, key) if isinstance(key, str) else self.to_tuple()[key]

    def to_tuple(self) -> tuple[Any, ...]:
        return tuple(self.values())

    def __repr__(self):
        return "ModelOutput(" + ", ".join(f"{k}={v!r}" for k, v in self.items()) + ")"


class Config(dict):
    """config.json, its keys as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(phrase("the configuration has no '{}'", name)) from None

    @property
    def id2label(self) -> dict[int, str]:
        return {int(k): v for k, v in self.get("id2label", {}).items()}


def _grouped(found):
    """hidden_states[0], hidden_states[1], … as one tuple, in the place of the first."""
    out = {}
    for name, value in found.items():
        group, bracket, number = name.partition("[")
        if bracket:
            out.setdefault(group, {})[int(number[:-1])] = value
        else:
            out[name] = value
    return {k: tuple(v[i] for i in sorted(v)) if isinstance(v, dict) else v for k, v in out.items()}


def _to(device=None, dtype=None):
    """What .to(…) asks: only the CPU and float32 are there."""
    from ._options import MODEL, heed
    kind = str(device)
    if dtype is None and (kind.startswith("torch.") or "float" in kind):
        device, dtype = None, device
    heed("to", {"device": device, "dtype": dtype}, MODEL)


class Model:
    """Made by AutoModel….from_pretrained."""

    def __init__(self, path, heads=(), name=None, *, output_attentions=False, output_hidden_states=False):
        self._shows = bool(output_attentions), bool(output_hidden_states)
        self._m = _Model(str(path))
        self.name_or_path = str(name if name is not None else path)
        self._heads = tuple(h for h in heads if h != "pooled" or self._m.answers("pooled"))
        for head in self._heads:
            if not self._m.answers(head):
                raise NotFoundError(phrase("{}: this model's file does not hold the head that was asked for ({})", self.name_or_path, head))
        self._base = heads == ("pooled",)
        self.info = self._m.info()
        self.config = Config(self._m.config())
        if "id2label" not in self.config:
            dict.__setitem__(self.config, "id2label", {str(i): label for i, label in enumerate(self._m.labels())})
        self.training = False
        self.device = "cpu"

    def __repr__(self):
        i = self.info
        return f"Model({self.name_or_path!r}: {self.config.get('model_type', '?')}, {i['layers']} layers, width {i['width']}, {i['heads']} heads)"

    def eval(self) -> Model:
        return self

    def to(self, device: Any = None, dtype: Any = None) -> Model:
        _to(device, dtype)
        return self

    def requires_grad_(self, *_: Any) -> Model:
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """The weights by the names in the file, as copies in float32."""
        return self._m.parameters()

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        return iter(self.state_dict().items())

    def parameters(self) -> Iterator[Tensor]:
        return iter(self.state_dict().values())

    def num_parameters(self) -> int:
        return sum(p.numel() for p in self.parameters())

    def __call__(self, input_ids: Any = None, attention_mask: Any = None, token_type_ids: Any = None, decoder_input_ids: Any = None,
                 labels: Any = None, *,
                 output_attentions: Optional[bool] = None, output_hidden_states: Optional[bool] = None, return_dict: bool = True,
                 **others: Any) -> Any:
        # A tokenizer's batch may hold more than a model reads; a cache is not handed out, whatever is said.
        idle = ("offset_mapping", "special_tokens_mask", "length", "use_cache")
        others = {k: v for k, v in others.items() if v is not None and k not in idle}
        if others:
            fail("a model takes no {}; it takes {}", ", ".join(others),
                 "input_ids, attention_mask, token_type_ids, decoder_input_ids, labels, "
                 "output_attentions, output_hidden_states, return_dict")
        if input_ids is None:
            fail("input_ids is missing: {}", "model(**tokenizer(text, return_tensors=\"pt\"))")
        attentions = self._shows[0] if output_attentions is None else bool(output_attentions)
        hidden_states = self._shows[1] if output_hidden_states is None else bool(output_hidden_states)
        given = [None if x is None else as_tensor(x) for x in (input_ids, attention_mask, token_type_ids, decoder_input_ids)]
        found = _grouped(self._m.forward(*given, list(self._heads), attentions, hidden_states))
        out = ModelOutput()
        if labels is not None:
            out["loss"] = self._loss(found["logits"], as_tensor(labels))
        if not self._base:
            found.pop("last_hidden_state")
        for name in _MAYBE:
            if name in found:
                out[name] = found[name]
        return out if return_dict else out.to_tuple()

    def _loss(self, logits, labels):
        from ._maru import cross_entropy
        if "vocabulary" in self._heads and self.info["causal"]:
            logits, labels = logits[:, :-1], labels[:, 1:]
        return cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))

    def generate(self, input_ids: Any = None, attention_mask: Any = None, token_type_ids: Any = None, **options: Any) -> Tensor:
        """Ids, the prompt's first: greedy, beams (num_beams), or sampled (do_sample, temperature, top_k, top_p, min_p, seed)."""
        from ._options import GENERATE, heed
        from ._words import warn
        if "inputs" in options:
            input_ids = options.pop("inputs")
        if input_ids is None:
            fail("input_ids is missing: {}", "model.generate(**tokenizer(text, return_tensors=\"pt\"))")
        if token_type_ids is not None and as_tensor(token_type_ids).any().item():
            warn("generate: token_type_ids are not followed: what is written has no segments")
        options = heed("generate", options, GENERATE, _GENERATE)
        idle = [k for k in _SAMPLING if k in options] if not options.get("do_sample") else []
        if idle:
            warn("generate: {} changes nothing without do_sample=True: the likeliest token is taken each time", ", ".join(idle))
        idle = [k for k in ("length_penalty", "early_stopping") if k in options] if options.get("num_beams", 2) == 1 else []
        if idle:
            warn("generate: {} changes nothing with num_beams=1", ", ".join(idle))
        ids, ignored = self._m.generate(as_tensor(input_ids), None if attention_mask is None else as_tensor(attention_mask), options)
        if ignored:
            warn("generate: the model's files set {}, which maru does not follow; the text may differ from the reference library's",
                 ", ".join(ignored))
        return ids


_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "seed")
_GENERATE = ("do_sample", *_SAMPLING, "max_new_tokens", "max_length", "min_new_tokens", "min_length", "num_beams", "num_return_sequences",
             "repetition_penalty",
             "length_penalty", "early_stopping", "no_repeat_ngram_size", "eos_token_id", "pad_token_id", "decoder_start_token_id",
             "forced_bos_token_id")


def _heeded(options, table, followed):
    """What of from_pretrained's options is followed; whoever gives none pays for no table."""
    if not options:
        return {}
    from . import _options
    return _options.heed("from_pretrained", options, getattr(_options, table), followed)


class _Auto:
    _heads: tuple[str, ...] = ()

    @classmethod
    def from_pretrained(cls, name: Any, **options: Any) -> Model:
        kept = _heeded(options, "MODEL", ("output_attentions", "output_hidden_states", "local_files_only"))
        return Model(_resolve(str(name), not kept.pop("local_files_only", False)), cls._heads, name, **kept)


class AutoModel(_Auto):
    _heads = ("pooled",)


class AutoModelForCausalLM(_Auto):
    _heads = ("vocabulary",)


class AutoModelForMaskedLM(_Auto):
    _heads = ("vocabulary",)


class AutoModelForSeq2SeqLM(_Auto):
    _heads = ("vocabulary",)


class AutoModelForSequenceClassification(_Auto):
    _heads = ("sequence",)


class AutoModelForTokenClassification(_Auto):
    _heads = ("token",)


class AutoModelForQuestionAnswering(_Auto):
    _heads = ("span",)


class AutoModelForNextSentencePrediction(_Auto):
    _heads = ("next_sentence",)


class AutoConfig:
    @staticmethod
    def from_pretrained(name: Any, **options: Any) -> Config:
        kept = _heeded(options, "CONFIG", ("local_files_only",))
        return Model(_resolve(str(name), not kept.get("local_files_only", False)), (), name).config
