"""Tiny models that are whole and valid, written so that a scenario can break one thing of them at a time.

`gguf(...)` and `safetensors(...)` write whatever they are given, right or wrong. `Llama` is a decoder as GGUF, `Bert` an encoder as a
folder; both hold their parts as plain lists and dictionaries. Their weights are small pseudo-random numbers.
"""
import collections
import io
import json
import math
import pickle
import random
import struct
import sys
import types
import unittest.mock
import zipfile

U8, I8, U16, I16, U32, I32, F32, BOOL, TEXT, LIST, U64, I64, F64 = range(13)
PLAIN = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "B", U64: "Q", I64: "q", F64: "d"}


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(value)) + value


def value(kind, given):
    """A value as GGUF writes it; a list is (kind of its elements, elements); bytes stand as they are."""
    if isinstance(given, bytes):
        return given
    if kind == TEXT:
        return text(given)
    if kind == LIST:
        inner, elements = given
        return struct.pack("<IQ", inner, len(elements)) + b"".join(value(inner, one) for one in elements)
    return struct.pack("<" + PLAIN[kind], given)


def tensor_entry(name, dims, kind, offset):
    return text(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack("<Q", d) for d in dims) + struct.pack("<IQ", kind, offset)


def gguf(keys=(), tensors=(), magic=b"GGUF", version=3, more_keys=0, more_tensors=0, alignment=32, offsets=None, tail=b""):
    """keys: (name, kind, value). tensors: (name, dims, ggml type, bytes). more_*: lies about the counts. offsets: not the true ones."""
    def pad(size):
        return -size % alignment
    out = magic + struct.pack("<IQQ", version, len(tensors) + more_tensors, len(keys) + more_keys)
    for name, kind, given in keys:
        out += text(name) + struct.pack("<I", kind) + value(kind, given)
    data = b""
    for number, (name, dims, kind, content) in enumerate(tensors):
        out += tensor_entry(name, dims, kind, offsets[number] if offsets else len(data))
        data += content + bytes(pad(len(content)))
    return out + bytes(pad(len(out))) + data + tail


def safetensors(entries, data, header=None, length=None):
    """entries: name to {"dtype", "shape", "data_offsets"}. header, length: written instead of the true ones."""
    text_of_header = header if header is not None else json.dumps(entries).encode()
    return struct.pack("<Q", len(text_of_header) if length is None else length) + text_of_header + data


def numbers(count, seed):
    draw = random.Random(seed)
    return struct.pack(f"<{count}f", *(draw.uniform(-0.2, 0.2) for _ in range(count)))


def ones(count):
    return struct.pack(f"<{count}f", *[1.0] * count)


def byte_letters():
    """How byte-level BPE spells the 256 bytes (Radford et al. 2019)."""
    letters, spare = [], 256
    for byte in range(256):
        plain = 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or byte >= 0xAE
        letters.append(chr(byte if plain else spare))
        spare += not plain
    return letters


class Llama:
    """One block, width 32, two heads, a vocabulary of the 256 bytes, one merge and three special tokens."""
    template = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
                "{% endfor %}"
                "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")

    def __init__(self):
        self.tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *byte_letters(), "he"]
        count = len(self.tokens)
        self.keys = {
            "general.architecture": (TEXT, "llama"), "general.name": (TEXT, "Tiny"),
            "llama.block_count": (U32, 1), "llama.embedding_length": (U32, 32), "llama.feed_forward_length": (U32, 64),
            "llama.attention.head_count": (U32, 2), "llama.attention.head_count_kv": (U32, 1), "llama.context_length": (U32, 256),
            "llama.attention.layer_norm_rms_epsilon": (F32, 1e-5), "llama.rope.freq_base": (F32, 10000.0),
            "tokenizer.ggml.model": (TEXT, "gpt2"), "tokenizer.ggml.pre": (TEXT, "smollm"),
            "tokenizer.ggml.tokens": (LIST, (TEXT, self.tokens)), "tokenizer.ggml.token_type": (LIST, (I32, [3, 3, 3] + [1] * (count - 3))),
            "tokenizer.ggml.merges": (LIST, (TEXT, ["h e"])), "tokenizer.ggml.bos_token_id": (U32, 0),
            "tokenizer.ggml.eos_token_id": (U32, 2), "tokenizer.chat_template": (TEXT, self.template),
        }
        self.tensors = {"token_embd.weight": [32, count], "output_norm.weight": [32], "blk.0.attn_norm.weight": [32],
                        "blk.0.ffn_norm.weight": [32], "blk.0.attn_q.weight": [32, 32], "blk.0.attn_k.weight": [32, 16], "blk.0.attn_v.weight": [32, 16],
                        "blk.0.attn_output.weight": [32, 32], "blk.0.ffn_gate.weight": [32, 64], "blk.0.ffn_up.weight": [32, 64],
                        "blk.0.ffn_down.weight": [64, 32]}
        self.contents = {}  # name to (ggml type, bytes), where not random F32

    def with_keys(self, **changed):
        """Keys by name with __ for the dots; None takes a key away."""
        for name, pair in changed.items():
            name = name.replace("__", ".")
            if pair is None:
                del self.keys[name]
            else:
                self.keys[name] = pair
        return self

    def parts(self):
        tensors = []
        for seed, (name, dims) in enumerate(self.tensors.items()):
            count = 1
            for dim in dims:
                count *= dim
            kind, content = self.contents.get(name) or (0, ones(count) if len(dims) == 1 else numbers(count, seed))
            tensors.append((name, dims, kind, content))
        return [(name, *pair) for name, pair in self.keys.items()], tensors

    def bytes(self, **more):
        keys, tensors = self.parts()
        return gguf(keys, tensors, **more)


class Bert:
    """One block, width 32, two heads, 64 positions, a vocabulary of letters."""

    def __init__(self):
        letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cat", *letters, *["##" + one for one in letters]]
        self.config = {"model_type": "bert", "num_hidden_layers": 1, "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2,
                       "vocab_size": len(pieces), "max_position_embeddings": 64, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
                       "hidden_act": "gelu"}
        special = [{"id": i, "content": pieces[i], "special": True, "normalized": False} for i in range(4)]
        self.tokenizer = {
            "version": "1.0", "added_tokens": special, "normalizer": {"type": "BertNormalizer"},
            "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece", "prefix": "##"},
            "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {piece: i for i, piece in enumerate(pieces)}}}
        block = "encoder.layer.0."
        self.shapes = {"embeddings.word_embeddings.weight": [len(pieces), 32], "embeddings.position_embeddings.weight": [64, 32],
                       "embeddings.token_type_embeddings.weight": [2, 32], "embeddings.LayerNorm.weight": [32],
                       "embeddings.LayerNorm.bias": [32]}
        for name, rows, width in (("attention.self.query", 32, 32), ("attention.self.key", 32, 32), ("attention.self.value", 32, 32),
                                  ("attention.output.dense", 32, 32), ("intermediate.dense", 64, 32), ("output.dense", 32, 64)):
            self.shapes[f"{block}{name}.weight"] = [rows, width]
            self.shapes[f"{block}{name}.bias"] = [rows]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            self.shapes[f"{block}{name}.weight"] = [32]
            self.shapes[f"{block}{name}.bias"] = [32]
        self.files = {}  # more files, or other contents: name to bytes

    def entries(self):
        entries, at, data = {}, 0, b""
        for seed, (name, shape) in enumerate(self.shapes.items()):
            count = 1
            for side in shape:
                count *= side
            entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + 4 * count]}
            data += ones(count) if name.endswith("LayerNorm.weight") else numbers(count, seed)
            at += 4 * count
        return entries, data

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        files = {"config.json": json.dumps(self.config).encode(), "tokenizer.json": json.dumps(self.tokenizer).encode(),
                 "model.safetensors": safetensors(*self.entries()), **self.files}
        for name, content in files.items():
            if content is not None:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
        return folder


def torch_file(entries, data):
    """The same tensors as torch.save writes them: a zip of a pickle and of one file for each storage. Names of torch stand in for torch."""
    utils, torch, storage = types.ModuleType("torch._utils"), types.ModuleType("torch"), type("FloatStorage", (), {"__module__": "torch"})
    torch.FloatStorage, torch._utils = storage, utils

    def _rebuild_tensor_v2():
        raise AssertionError("only its name is written")
    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2

    class Storage:
        def __init__(self, number, count):
            self.number, self.count = number, count

    class Tensor:
        def __init__(self, storage, shape):
            self.storage, self.shape = storage, shape

        def __reduce__(self):
            strides = tuple(math.prod(self.shape[i + 1:]) for i in range(len(self.shape)))
            return _rebuild_tensor_v2, (self.storage, 0, tuple(self.shape), strides, False, collections.OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, one):
            return ("storage", storage, str(one.number), "cpu", one.count) if isinstance(one, Storage) else None

    tensors = {name: Tensor(Storage(i, math.prod(entry["shape"])), entry["shape"]) for i, (name, entry) in enumerate(entries.items())}
    pickled, out = io.BytesIO(), io.BytesIO()
    with unittest.mock.patch.dict(sys.modules, {"torch": torch, "torch._utils": utils}):
        Pickler(pickled, protocol=2).dump(collections.OrderedDict(tensors))
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", pickled.getvalue())
        archive.writestr("archive/byteorder", "little")
        for i, entry in enumerate(entries.values()):
            archive.writestr(f"archive/data/{i}", data[slice(*entry["data_offsets"])])
        archive.writestr("archive/version", "3\n")
    return out.getvalue()
