"""Texts to padded batches of ids and back, with the names of transformers. What a token is, the C++ library decides."""
from __future__ import annotations

from ._maru import Error, _resolve, _Tokenizer, tensor

_SPECIALS = ("bos", "eos", "unk", "pad", "cls", "sep", "mask")
# Families whose models were trained without segments: their batches hold no token_type_ids.
_WITHOUT_TYPES = {"roberta", "xlm-roberta", "camembert", "distilbert", "gpt2", "t5", "bart", "marian", "llama", "mistral", "qwen2", "qwen3", "gemma3_text",
                  "gemma3", "olmo2"}


class BatchEncoding(dict):
    """What a tokenizer gives: a dict whose keys are attributes too, and which goes into a model as **tokens."""

    def __init__(self, data, parts=()):
        super().__init__(data)
        self._parts = parts

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this batch has no {name!r}; it has {', '.join(self)}") from None

    @property
    def data(self):
        return dict(self)

    def to(self, device=None):
        return self

    def _row(self, row):
        return self._parts[row]

    def tokens(self, batch_index=0):
        return self._row(batch_index)["tokens"]

    def word_ids(self, batch_index=0):
        return [None if w < 0 else w for w in self._row(batch_index)["words"]]

    def sequence_ids(self, batch_index=0):
        return [None if s < 0 else s for s in self._row(batch_index)["sequence"]]


def _strategy(padding):
    if padding in (False, None, "do_not_pad"):
        return None
    if padding in (True, "longest"):
        return "longest"
    if padding == "max_length":
        return "max_length"
    raise Error(f"padding={padding!r}: True, 'longest', 'max_length' or False is wanted")


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

    def __getattr__(self, name):
        kind, _, ending = name.partition("_token")
        if kind in _SPECIALS and not name.startswith("_ids"):
            number = self._ids[kind]
            if ending == "_id":
                return number
            if ending == "":
                return None if number is None else self._t.piece(number)
        raise AttributeError(f"a tokenizer has no {name!r}")

    def __setattr__(self, name, value):
        kind, _, ending = name.partition("_token")
        if kind in _SPECIALS and ending in ("", "_id"):
            number = value if ending or value is None else self._t.id(value)
            if value is not None and number is None:
                raise Error(f"{name}: the vocabulary has no token {value!r}")
            self._ids[kind] = number
        else:
            object.__setattr__(self, name, value)

    @property
    def vocab_size(self):
        return self._t.vocab_size

    def __len__(self):
        return self._t.vocab_size

    def __repr__(self):
        return f"Tokenizer(name_or_path={self.name_or_path!r}, vocab_size={self.vocab_size}, padding_side={self.padding_side!r})"

    @property
    def all_special_ids(self):
        return [n for n in dict.fromkeys(self._ids.values()) if n is not None]

    @property
    def all_special_tokens(self):
        return [self._t.piece(n) for n in self.all_special_ids]

    def get_vocab(self):
        return {self._t.piece(i): i for i in range(self.vocab_size)}

    def num_special_tokens_to_add(self):
        return self._t.special_count()

    def tokenize(self, text):
        return self._t.pieces(text)

    def encode(self, text, text_pair=None, add_special_tokens=True, return_tensors=None, truncation=False, max_length=None):
        ids = self(text, text_pair, add_special_tokens=add_special_tokens, truncation=truncation, max_length=max_length, return_tensors=return_tensors)
        return ids["input_ids"]

    def convert_tokens_to_ids(self, tokens):
        if isinstance(tokens, str):
            number = self._t.id(tokens)
            return self.unk_token_id if number is None else number
        return [self.convert_tokens_to_ids(t) for t in tokens]

    def convert_ids_to_tokens(self, ids):
        if isinstance(ids, int):
            return self._t.piece(ids)
        return [self._t.piece(int(i)) for i in ids]

    def decode(self, ids, skip_special_tokens=False):
        ids = ids.tolist() if hasattr(ids, "tolist") else ids
        if isinstance(ids, int):
            ids = [ids]
        if ids and isinstance(ids[0], list):
            return self.batch_decode(ids, skip_special_tokens)
        return self._t.decode([int(i) for i in ids], skip_special_tokens)

    def batch_decode(self, rows, skip_special_tokens=False):
        return [self.decode(row, skip_special_tokens) for row in rows]

    def apply_chat_template(self, conversation, tokenize=True, add_generation_prompt=False, return_tensors=None, return_dict=False):
        text = self._t.render(conversation, add_generation_prompt)
        if not tokenize:
            return text
        batch = self(text, add_special_tokens=False, return_tensors=return_tensors)
        return batch if return_dict else batch["input_ids"]

    def _length(self, truncation, padding, max_length, added):
        if truncation not in (True, False, None, "longest_first", "do_not_truncate"):
            raise Error(f"truncation={truncation!r}: True or False is wanted")
        if truncation in (False, None, "do_not_truncate"):
            return 0
        return max_length if max_length is not None else (self.model_max_length if self.model_max_length < 1 << 30 else 0)

    def __call__(self, text, text_pair=None, *, add_special_tokens=True, padding=False, truncation=False, max_length=None, return_tensors=None,
                 return_offsets_mapping=False, return_token_type_ids=None, return_attention_mask=True, padding_side=None,
                 return_special_tokens_mask=False, is_split_into_words=False):
        if is_split_into_words:
            raise Error("is_split_into_words: give whole texts; word_ids() says which word a token is of")
        alone = isinstance(text, str)
        texts = [text] if alone else list(text)
        if texts and isinstance(texts[0], (tuple, list)):
            texts, pairs = [t[0] for t in texts], [t[1] for t in texts]
        else:
            pairs = [None] * len(texts) if text_pair is None else [text_pair] if isinstance(text_pair, str) else list(text_pair)
        if len(texts) != len(pairs):
            raise Error(f"{len(texts)} texts and {len(pairs)} second texts do not fit")
        longest = self._length(truncation, padding, max_length, add_special_tokens)
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
        strategy = _strategy(padding)
        side = padding_side or self.padding_side
        if strategy:
            width = max((len(r[0]) for r in rows), default=0)
            if strategy == "max_length":
                width = max(width, max_length if max_length is not None else (self.model_max_length if self.model_max_length < 1 << 30 else width))
            if any(len(r[0]) < width for r in rows) and fill["input_ids"] is None:
                raise Error("this tokenizer has no padding token; tokenizer.pad_token = tokenizer.eos_token gives it one")
            for name, values in columns.items():
                columns[name] = [v + [fill[name]] * (width - len(v)) if side == "right" else [fill[name]] * (width - len(v)) + v for v in values]
        parts = [{"tokens": self.convert_ids_to_tokens(ids), "sequence": _padded(r[3], len(ids), side), "words": _padded(r[4], len(ids), side)}
                 for ids, r in zip(columns["input_ids"], rows)]
        if return_tensors is None:
            return BatchEncoding({k: v[0] for k, v in columns.items()} if alone else columns, parts)
        if return_tensors not in ("pt", "np"):
            raise Error(f"return_tensors={return_tensors!r}: 'pt' or 'np' is wanted")
        if any(len(v) != len(columns["input_ids"][0]) for v in columns["input_ids"]):
            raise Error("the texts have different numbers of tokens, so they make no tensor: ask for padding=True")
        made = {k: tensor([[list(o) for o in row] for row in v] if k == "offset_mapping" else v) for k, v in columns.items()}
        return BatchEncoding({k: v.numpy() for k, v in made.items()} if return_tensors == "np" else made, parts)

    def save_pretrained(self, folder):
        raise Error("saving is not the package's work: `maru convert` writes models")


def _padded(values, width, side):
    more = [-1] * (width - len(values))
    return values + more if side == "right" else more + values


class AutoTokenizer:
    """AutoTokenizer.from_pretrained(name or path)."""

    @staticmethod
    def from_pretrained(name, *, padding_side=None, **_ignored):
        tokenizer = Tokenizer(_resolve(str(name)), name)
        if padding_side is not None:
            tokenizer.padding_side = padding_side
        return tokenizer
