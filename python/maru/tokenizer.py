"""Texts to padded batches of ids and back, with the names of transformers. What a token is, the C++ library decides."""
from __future__ import annotations

from ._maru import _resolve, _Tokenizer, tensor
from ._words import fail, phrase, warn

TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from typing import Any, Optional

_SPECIALS = ("bos", "eos", "unk", "pad", "cls", "sep", "mask")
# Families whose models were trained without segments: their batches hold no token_type_ids.
_WITHOUT_TYPES = {"roberta", "xlm-roberta", "camembert", "distilbert", "gpt2", "t5", "bart", "marian", "llama", "mistral", "qwen2", "qwen3",
                  "gemma3_text",
                  "gemma3", "olmo2"}


class BatchEncoding(dict):
    """What a tokenizer gives: a dict whose keys are attributes too, and which goes into a model as **tokens."""

    def __init__(self, data: dict[str, Any], parts: Any = ()) -> None:
        super().__init__(data)
        self._parts = parts

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(phrase("this batch has no '{}'; it has {}", name, ", ".join(self))) from None

    @property
    def data(self):
        return dict(self)

    def to(self, device: Any = None) -> BatchEncoding:
        from .models import _to
        _to(device)
        return self

    def _row(self, row):
        return self._parts[row]

    def tokens(self, batch_index: int = 0) -> list[str]:
        return self._row(batch_index)["tokens"]

    def word_ids(self, batch_index: int = 0) -> list[Optional[int]]:
        return [None if w < 0 else w for w in self._row(batch_index)["words"]]

    def sequence_ids(self, batch_index: int = 0) -> list[Optional[int]]:
        return [None if s < 0 else s for s in self._row(batch_index)["sequence"]]


def _strategy(padding):
    if padding in (False, None, "do_not_pad"):
        return None
    if padding in (True, "longest"):
        return "longest"
    if padding == "max_length":
        return "max_length"
    fail("padding={}: True, 'longest', 'max_length' or False is wanted", repr(padding))


class Tokenizer:
    """Made by AutoTokenizer.from_pretrained."""

    def __init__(self, path, name=None):
        self._t = _Tokenizer(str(path))
        self.name_or_path = str(name if name is not None else path)
        config = self._t.config()
        limit = config.get("model_max_length")
        self.model_max_length = int(limit) if limit is not None else int(1e30)
        self.padding_side = config.get("padding_side", "right")
        self.clean_up_tokenization_spaces = config.get("clean_up_tokenization_spaces", False)
        given = config.get("model_input_names")
        types = "token_type_ids" in given if given else self._t.model_type() not in _WITHOUT_TYPES
        self.model_input_names = ["input_ids", *(["token_type_ids"] if types else []), "attention_mask"]
        self._ids = {name: getattr(self._t, name) for name in _SPECIALS}

    def __getattr__(self, name: str) -> Any:
        kind, _, ending = name.partition("_token")
        if kind in _SPECIALS and not name.startswith("_ids"):
            number = self._ids[kind]
            if ending == "_id":
                return number
            if ending == "":
                return None if number is None else self._t.piece(number)
        raise AttributeError(phrase("a tokenizer has no '{}'", name))

    def __setattr__(self, name: str, value: Any) -> None:
        kind, _, ending = name.partition("_token")
        if kind in _SPECIALS and ending in ("", "_id"):
            number = value if ending or value is None else self._t.id(value)
            if value is not None and number is None:
                fail("{}: the vocabulary has no token {}", name, repr(value))
            self._ids[kind] = number
        else:
            object.__setattr__(self, name, value)

    @property
    def vocab_size(self) -> int:
        return self._t.vocab_size

    def __len__(self) -> int:
        return self._t.vocab_size

    def __repr__(self):
        return f"Tokenizer(name_or_path={self.name_or_path!r}, vocab_size={self.vocab_size}, padding_side={self.padding_side!r})"

    @property
    def all_special_ids(self) -> list[int]:
        return [n for n in dict.fromkeys(self._ids.values()) if n is not None]

    @property
    def all_special_tokens(self) -> list[str]:
        return [self._t.piece(n) for n in self.all_special_ids]

    def get_vocab(self) -> dict[str, int]:
        return {self._t.piece(i): i for i in range(self.vocab_size)}

    def num_special_tokens_to_add(self) -> int:
        return self._t.special_count()

    def tokenize(self, text: str) -> list[str]:
        return self._t.pieces(text)

    def encode(self, text: str, text_pair: Optional[str] = None, **options: Any) -> Any:
        return self(text, text_pair, **options)["input_ids"]

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        if isinstance(tokens, str):
            number = self._t.id(tokens)
            return self.unk_token_id if number is None else number
        return [self.convert_tokens_to_ids(t) for t in tokens]

    def convert_ids_to_tokens(self, ids: Any) -> Any:
        if isinstance(ids, int):
            return self._t.piece(ids)
        return [self._t.piece(int(i)) for i in ids]

    def decode(self, ids: Any, skip_special_tokens: bool = False, clean_up_tokenization_spaces: Optional[bool] = None) -> Any:
        if clean_up_tokenization_spaces is not None and bool(clean_up_tokenization_spaces) != bool(self.clean_up_tokenization_spaces):
            warn("decode: clean_up_tokenization_spaces={} is not followed: {}", clean_up_tokenization_spaces,
                 phrase("texts are decoded as the tokenizer's own file says"))
        ids = ids.tolist() if hasattr(ids, "tolist") else ids
        if isinstance(ids, int):
            ids = [ids]
        if ids and isinstance(ids[0], list):
            return self.batch_decode(ids, skip_special_tokens, clean_up_tokenization_spaces)
        return self._t.decode([int(i) for i in ids], skip_special_tokens)

    def batch_decode(self, rows: Any, skip_special_tokens: bool = False, clean_up_tokenization_spaces: Optional[bool] = None) -> list[str]:
        return [self.decode(row, skip_special_tokens, clean_up_tokenization_spaces) for row in rows]

    def apply_chat_template(self, conversation: list[dict[str, Any]], tokenize: bool = True, add_generation_prompt: bool = False,
                            return_tensors: Optional[str] = None, return_dict: bool = False, **variables: Any) -> Any:
        """variables: what the template asks for beside the messages, as enable_thinking, tools or documents."""
        text = self._t.render(conversation, add_generation_prompt, variables)
        if not tokenize:
            return text
        batch = self(text, add_special_tokens=False, return_tensors=return_tensors)
        return batch if return_dict else batch["input_ids"]

    def _length(self, truncation, strategy, max_length):
        """How long a text may be; 0: as long as it is."""
        if truncation is None and max_length is not None and strategy is None:
            warn("max_length={} without truncation: longer texts are cut, as the reference library does; say truncation=True to mean it",
                 max_length)
            truncation = True
        if truncation not in (True, False, None, "longest_first", "do_not_truncate"):
            fail("truncation={}: True, 'longest_first' or False is wanted", repr(truncation))
        if truncation in (False, None, "do_not_truncate"):
            if max_length is not None and strategy == "longest":
                warn("max_length={} changes nothing with padding=True and without truncation=True", max_length)
            return 0
        if max_length is None and self.model_max_length >= 1 << 30:
            warn("truncation=True cuts nothing: this tokenizer names no greatest length; give max_length")
            return 0
        return self.model_max_length if max_length is None else max_length

    def __call__(self, text: Any, text_pair: Any = None, *, add_special_tokens: bool = True, padding: Any = False, truncation: Any = None,
                 max_length: Optional[int] = None, return_tensors: Optional[str] = None, return_offsets_mapping: bool = False,
                 return_token_type_ids: Optional[bool] = None, return_attention_mask: bool = True, padding_side: Optional[str] = None,
                 return_special_tokens_mask: bool = False, return_length: bool = False, pad_to_multiple_of: Optional[int] = None,
                 **others: Any) -> BatchEncoding:
        if others:
            from ._options import CALL, heed
            heed("tokenizer", others, CALL)
        alone = isinstance(text, str)
        texts = [text] if alone else list(text)
        if texts and isinstance(texts[0], (tuple, list)):
            texts, pairs = [t[0] for t in texts], [t[1] for t in texts]
        else:
            pairs = [None] * len(texts) if text_pair is None else [text_pair] if isinstance(text_pair, str) else list(text_pair)
        if len(texts) != len(pairs):
            fail("{} texts and {} second texts do not fit", len(texts), len(pairs))
        strategy = _strategy(padding)
        longest = self._length(truncation, strategy, max_length)
        rows = [self._t.encode(t, p, add_special_tokens, longest) for t, p in zip(texts, pairs)]
        types = "token_type_ids" in self.model_input_names if return_token_type_ids is None else return_token_type_ids
        columns = {"input_ids": [r[0] for r in rows]}
        fill = {"input_ids": self._ids["pad"], "token_type_ids": 0, "attention_mask": 0, "offset_mapping": (0, 0), "special_tokens_mask": 1}
        if types:
            columns["token_type_ids"] = [r[1] for r in rows]
        if return_attention_mask:
            columns["attention_mask"] = [[1] * len(r[0]) for r in rows]
        if return_special_tokens_mask:
            columns["special_tokens_mask"] = [[int(s < 0) for s in r[3]] for r in rows]
        if return_offsets_mapping:
            columns["offset_mapping"] = [r[2] for r in rows]
        side = padding_side or self.padding_side
        if strategy:
            width = max((len(r[0]) for r in rows), default=0)
            if strategy == "max_length":
                width = max(width,
                            max_length if max_length is not None else (self.model_max_length if self.model_max_length < 1 << 30 else width))
            if pad_to_multiple_of:
                width = -(-width // pad_to_multiple_of) * pad_to_multiple_of
            if any(len(r[0]) < width for r in rows) and fill["input_ids"] is None:
                fail("this tokenizer has no padding token; {} gives it one", "tokenizer.pad_token = tokenizer.eos_token")
            for name, values in columns.items():
                columns[name] = [v + [fill[name]] * (width - len(v)) if side == "right" else [fill[name]] * (width - len(v)) + v for v in values]
        parts = [{"tokens": self.convert_ids_to_tokens(ids), "sequence": _padded(r[3], len(ids), side), "words": _padded(r[4], len(ids),
                                                                                                                         side)}
                 for ids, r in zip(columns["input_ids"], rows)]
        if return_length:
            columns["length"] = [len(ids) for ids in columns["input_ids"]]
        if return_tensors is None:
            return BatchEncoding({k: v[0] for k, v in columns.items()} if alone else columns, parts)
        if return_tensors not in ("pt", "np"):
            fail("return_tensors={}: 'pt' or 'np' is wanted", repr(return_tensors))
        if any(len(v) != len(columns["input_ids"][0]) for v in columns["input_ids"]):
            fail("the texts have different numbers of tokens, so they make no tensor: ask for padding=True")
        made = {k: tensor([[list(o) for o in row] for row in v] if k == "offset_mapping" else v) for k, v in columns.items()}
        return BatchEncoding({k: v.numpy() for k, v in made.items()} if return_tensors == "np" else made, parts)

    def save_pretrained(self, folder):
        fail("saving is not the package's work: `maru convert` writes models")


def _padded(values, width, side):
    more = [-1] * (width - len(values))
    return values + more if side == "right" else more + values


def _heeded(options, table, followed):
    from .models import _heeded
    return _heeded(options, table, followed) if options else {}


class AutoTokenizer:
    """AutoTokenizer.from_pretrained(name or path)."""

    @staticmethod
    def from_pretrained(name: Any, **options: Any) -> Tokenizer:
        followed = ("padding_side", "model_max_length", "local_files_only", *(f"{kind}_token" for kind in _SPECIALS))
        kept = _heeded(options, "TOKENIZER", followed)
        tokenizer = Tokenizer(_resolve(str(name), not kept.pop("local_files_only", False)), name)
        for key, value in kept.items():
            setattr(tokenizer, key, value)
        return tokenizer
