"""GGUF files that are broken, lying or cut short: refused by file and field, at once, in both languages.

A whole tiny model is written and one thing of it is broken at a time, along the rules of the format and of the architecture.
"""
import os
import pathlib
import struct

from scenario import SMOLLM2, Scenario, main, needs_smollm2
from tiny_models import BOOL, F32, I32, LIST, TEXT, U16, U32, U64, U8, Llama, gguf, text

NAN, INFINITE = float("nan"), float("inf")


def keys(**changed):
    return Llama().with_keys(**changed).bytes()


def tensor(number, name=None, dims=None, kind=None, content=None):
    """The tiny model with one tensor written otherwise."""
    pairs, tensors = Llama().parts()
    old = tensors[number]
    changed = (name, dims, kind, content)
    tensors[number] = tuple(own if given is None else given for own, given in zip(old, changed))
    return gguf(pairs, tensors)


def more(add_keys=(), add_tensors=()):
    pairs, tensors = Llama().parts()
    return gguf(pairs + list(add_keys), tensors + list(add_tensors))


def offset(number, given):
    """The tiny model with one tensor said to lie elsewhere: given(true offset of it, of the one before)."""
    pairs, tensors = Llama().parts()
    offsets, at = [], 0
    for _, _, _, content in tensors:
        offsets.append(at)
        at += len(content) + -len(content) % 32
    offsets[number] = given(offsets[number], offsets[number - 1])
    return gguf(pairs, tensors, offsets=offsets)


def shaped(**shapes):
    model = Llama()
    for name, dims in shapes.items():
        name = name.replace("__", ".")
        if dims is None:
            del model.tensors[name]
        else:
            model.tensors[name] = dims
    return model.bytes()


def filled(name, value):
    model = Llama()
    count = 1
    for dim in model.tensors[name]:
        count *= dim
    model.contents[name] = (0, struct.pack("<f", value) * count)
    return model.bytes()


def template(source):
    return keys(tokenizer__chat_template=(TEXT, source))


TOKENS = Llama().tokens
WHOLE = Llama().bytes()
# What is broken: (name of the file, its bytes, words of the message). The header's own rules; no command gets past them.
BROKEN_GGUF = [
    ("empty", b"", ["0 bytes"]),
    ("magic", Llama().bytes(magic=b"GGXX"), ["GGUF"]),
    ("version-1", Llama().bytes(version=1), ["version 1"]),
    ("version-99", Llama().bytes(version=99), ["version 99"]),
    ("big-endian", Llama().bytes(version=0x03000000), ["big-endian"]),
    ("one-key-more", Llama().bytes(more_keys=1), []),
    ("one-key-less", Llama().bytes(more_keys=-1), []),
    ("one-tensor-more", Llama().bytes(more_tensors=1), ["tensor name"]),
    ("many-keys", Llama().bytes(more_keys=2**60), ["key count"]),
    ("many-tensors", Llama().bytes(more_tensors=2**60), ["tensor count"]),
    ("key-type", keys(general__name=(77, b"")), ["general.name", "77"]),
    ("text-length", keys(general__name=(TEXT, struct.pack("<Q", 2**63) + b"x")), ["general.name", "9223372036854775808"]),
    ("text-past-the-end", keys(general__name=(TEXT, struct.pack("<Q", 60_000_000) + b"x")), ["general.name", "cut short"]),
    ("list-of-lists", keys(general__name=(LIST, (LIST, [(U8, [1])]))), ["general.name"]),
    ("list-length", keys(general__name=(LIST, struct.pack("<IQ", U32, 2**61))), ["general.name", "2305843009213693952"]),
    ("truth", keys(general__name=(BOOL, b"\2")), ["general.name", "0 or 1"]),
    ("beyond-63-bits", keys(general__name=(U64, 2**63)), ["general.name", "2^63"]),
    ("alignment-0", keys(general__alignment=(U32, 0)), ["general.alignment"]),
    ("alignment-3", keys(general__alignment=(U32, 3)), ["general.alignment"]),
    ("alignment-2^20", keys(general__alignment=(U32, 2**20)), ["general.alignment"]),
    ("alignment-u64", keys(general__alignment=(U64, 32)), ["general.alignment", "u32"]),
    ("key-twice", more([("general.name", TEXT, "again")]), ["general.name", "twice"]),
    ("key-with-nul", more([("a\0b", U8, 1)]), ["key", "control"]),
    ("key-empty", more([("", U8, 1)]), ["key"]),
    ("tensor-twice", more(add_tensors=[("output_norm.weight", [32], 0, bytes(128))]), ["output_norm.weight", "twice"]),
    ("tensor-name-64", more(add_tensors=[("n" * 64, [4], 0, bytes(16))]), ["tensor name", "64"]),
    ("no-dimensions", tensor(4, dims=[]), ["blk.0.attn_q.weight", "dimensions"]),
    ("five-dimensions", tensor(4, dims=[1] * 5), ["blk.0.attn_q.weight", "dimensions"]),
    ("dimension-0", tensor(4, dims=[0, 32]), ["blk.0.attn_q.weight", "dimension 0"]),
    ("dimension-2^41", tensor(4, dims=[2**41, 2]), ["blk.0.attn_q.weight", "2^40"]),
    ("dimensions-overflow", tensor(4, dims=[2**40, 2**40]), ["blk.0.attn_q.weight", "2^63"]),
    ("removed-type", tensor(4, kind=4), ["blk.0.attn_q.weight", "type 4"]),
    ("unknown-type", tensor(4, kind=99), ["blk.0.attn_q.weight", "type 99"]),
    ("blocks-not-filled", tensor(4, kind=8, dims=[16, 64]), ["blk.0.attn_q.weight", "Q8_0"]),
    ("unaligned", offset(3, lambda own, before: own + 1), ["blk.0.ffn_norm.weight", "alignment"]),
    ("overlapping", offset(3, lambda own, before: before), ["blk.0.ffn_norm.weight", "offset"]),
    ("gap", offset(3, lambda own, before: own + 32), ["blk.0.ffn_norm.weight", "offset"]),
    ("out-of-file", offset(3, lambda own, before: 2**40), ["blk.0.ffn_norm.weight"]),
    ("offset-wraps", offset(3, lambda own, before: 2**64 - 32), ["blk.0.ffn_norm.weight"]),
    ("one-part-of-three", keys(split__count=(U16, 3)), ["3 parts"]),
    ("token-types-shorter", keys(tokenizer__ggml__token_type=(LIST, (I32, [1]))), ["tokenizer.ggml.token_type"]),
    ("tokens-a-number", keys(tokenizer__ggml__tokens=(U32, 3)), ["tokenizer.ggml.tokens"]),
    *((f"cut-at-{size}", WHOLE[:size], []) for size in (1, 4, 20, 23, 24, 100, 1000, 3000, len(WHOLE) // 2, len(WHOLE) - 1)),
]
# A good header, but no model that could run: `run` refuses; the file may be looked at and stored.
WRONG_LLAMA = [
    ("no-architecture", keys(general__architecture=None), ["general.architecture"]),
    ("other-architecture", keys(general__architecture=(TEXT, "mamba")), ["general.architecture", "mamba"]),
    ("architecture-a-number", keys(general__architecture=(U32, 3)), ["general.architecture"]),
    *((f"no-{key}", keys(**{key.replace(".", "__"): None}), [key])
      for key in ("llama.block_count", "llama.embedding_length", "llama.feed_forward_length", "llama.attention.head_count",
                  "llama.context_length", "llama.attention.layer_norm_rms_epsilon", "tokenizer.ggml.model", "tokenizer.ggml.pre",
                  "tokenizer.ggml.tokens", "tokenizer.ggml.merges")),
    *((f"{count}-blocks", keys(llama__block_count=(U32, count)), ["llama.block_count"]) for count in (0, 1025, 2**32 - 1)),
    ("a-block-missing", keys(llama__block_count=(U32, 2)), ["blk.1.attn_norm.weight"]),
    ("heads-0", keys(llama__attention__head_count=(U32, 0)), ["llama.attention.head_count"]),
    ("heads-3", keys(llama__attention__head_count=(U32, 3)), ["llama.attention.head_count"]),
    ("heads-a-list", keys(llama__attention__head_count=(LIST, (U32, [2]))), ["llama.attention.head_count"]),
    ("kv-heads-0", keys(llama__attention__head_count_kv=(U32, 0)), ["llama.attention.head_count_kv"]),
    ("kv-heads-3", keys(llama__attention__head_count_kv=(U32, 3)), ["llama.attention.head_count_kv"]),
    ("kv-heads-negative", keys(llama__attention__head_count_kv=(I32, -1)), ["llama.attention.head_count_kv"]),
    *((f"{field.rsplit('.', 1)[1]}-{value}", keys(**{field.replace(".", "__"): (F32, value)}), [field])
      for field in ("llama.attention.layer_norm_rms_epsilon", "llama.rope.freq_base") for value in (NAN, INFINITE, -1.0, 0.0)),
    ("context-0", keys(llama__context_length=(U32, 0)), ["llama.context_length"]),
    ("context-2^31", keys(llama__context_length=(U32, 2**31)), ["llama.context_length"]),
    ("width-64", keys(llama__embedding_length=(U32, 64)), ["token_embd.weight", "[260, 64]"]),
    ("rope-scaled", keys(llama__rope__scaling__type=(TEXT, "yarn")), ["llama.rope.scaling.type"]),
    ("tensor-missing", shaped(blk__0__attn_q__weight=None), ["blk.0.attn_q.weight"]),
    ("tensor-left-over", shaped(blk__0__extra__weight=[32]), ["blk.0.extra.weight"]),
    ("shape", shaped(blk__0__attn_q__weight=[16, 64]), ["blk.0.attn_q.weight", "[64, 16]"]),
    ("unsupported-format", tensor(4, kind=12, dims=[256, 4], content=bytes(4 * 144)), ["blk.0.attn_q.weight"]),
    ("norm-not-a-number", filled("output_norm.weight", NAN), ["output_norm.weight", "nan"]),
    ("embedding-infinite", filled("token_embd.weight", INFINITE), []),
    ("vocabulary-shorter", keys(tokenizer__ggml__tokens=(LIST, (TEXT, TOKENS[:-2])), tokenizer__ggml__token_type=None,
                                tokenizer__ggml__merges=(LIST, (TEXT, []))), ["token_embd.weight"]),
    ("token-twice", keys(tokenizer__ggml__tokens=(LIST, (TEXT, TOKENS[:-1] + ["a"]))), ["tokenizer.ggml.tokens[259]"]),
    ("token-not-utf8", keys(tokenizer__ggml__tokens=(LIST, (TEXT, TOKENS[:-1] + [text(b"\xff")]))), ["tokenizer.ggml.tokens[259]"]),
    ("no-tokens", keys(tokenizer__ggml__tokens=(LIST, (TEXT, [])), tokenizer__ggml__token_type=None), ["tokenizer.ggml.tokens"]),
    ("token-type-9", keys(tokenizer__ggml__token_type=(LIST, (I32, [9] * len(TOKENS)))), ["tokenizer.ggml.token_type[0]"]),
    ("merge-of-one", keys(tokenizer__ggml__merges=(LIST, (TEXT, ["he"]))), ["tokenizer.ggml.merges[0]"]),
    ("merge-unknown", keys(tokenizer__ggml__merges=(LIST, (TEXT, ["h zz"]))), ["tokenizer.ggml.merges[0]", "zz"]),
    ("end-token-outside", keys(tokenizer__ggml__eos_token_id=(U32, 100_000)), ["tokenizer.ggml.eos_token_id"]),
    ("end-token-negative", keys(tokenizer__ggml__eos_token_id=(I32, -5)), ["tokenizer.ggml.eos_token_id"]),
    ("tokenizer-unknown", keys(tokenizer__ggml__model=(TEXT, "rwkv")), ["tokenizer.ggml.model", "rwkv"]),
    ("splitting-unknown", keys(tokenizer__ggml__pre=(TEXT, "wat")), ["tokenizer.ggml.pre", "wat"]),
    ("no-template", keys(tokenizer__chat_template=None), []),
    ("template-loops", template("{% for i in range(99999) %}{% for j in range(99999) %}{{ '' }}{% endfor %}{% endfor %}"),
     ["tokenizer.chat_template"]),
    ("template-endless", template("{% for i in range(1000000000) %}{% endfor %}"), ["tokenizer.chat_template", "range()"]),
    ("template-floods", template("{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}"), ["tokenizer.chat_template"]),
    ("template-repeats", template("{{ 'x' * 10000000000 }}"), ["tokenizer.chat_template"]),
    ("template-recurses", template("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), ["tokenizer.chat_template"]),
    ("template-nests", template("{{ " + "(" * 50_000 + "1" + ")" * 50_000 + " }}"), ["tokenizer.chat_template"]),
    ("template-raises", template("{{ raise_exception('no system') }}"), ["tokenizer.chat_template", "no system"]),
    ("template-syntax", template("{% for %}"), ["tokenizer.chat_template"]),
    ("template-undefined", template("{{ a.b.c }}"), ["tokenizer.chat_template"]),
    ("template-escapes", template("{{ ''.__class__.__mro__ }}"), ["tokenizer.chat_template", "__class__"]),
    ("template-not-utf8", template(text(b"\xff\xfe")), ["tokenizer.chat_template"]),
    ("template-too-large", template("x" * (2 << 20)), ["tokenizer.chat_template"]),
    ("template-empty", template(""), []),
]


class HostileGguf(Scenario):
    def test_a_header_with_one_rule_broken_is_refused_by_every_command(self):
        for name, content, names in BROKEN_GGUF:
            with self.subTest(name):
                path = self.write(f"{name}.gguf", content)
                self.refuses("run", path, "x", says=names, names=[path.name])
                for command in (["tokenize", path, "x"], ["show", path], ["embed", path, "x"], ["pull", f"file:{path}"]):
                    self.fails(1, *command, says=[path.name], within=1)
        self.assertEqual(self.json("list"), {"models": []})
        self.assertEqual(list((self.folder / "home" / "blobs").iterdir()), [])

    def test_a_good_header_over_a_wrong_model_names_the_key_or_tensor(self):
        for name, content, names in WRONG_LLAMA:
            with self.subTest(name):
                path = self.write(f"{name}.gguf", content)
                self.refuses("run", path, "hello", "--max-tokens", "4", names=names)

    def test_a_model_that_this_program_cannot_use_is_stored_with_a_word_about_it(self):
        path = self.write("mamba.gguf", keys(general__architecture=(TEXT, "mamba")))
        stored = self.json("pull", f"file:{path}")
        self.assertEqual((stored["name"], stored["usable"]), ("mamba", False))
        self.assertIn("general.architecture", stored["problem"])
        self.assertIn("mamba", self.maru("pull", f"file:{path}").stderr.decode())
        whole = self.json("pull", f"file:{self.write('tiny.gguf', WHOLE)}")
        self.assertEqual((whole["usable"], "problem" in whole), (True, False))

    @needs_smollm2
    def test_the_real_model_cut_anywhere_is_named(self):
        path = self.write("cut.gguf", pathlib.Path(SMOLLM2).read_bytes())
        whole = path.stat().st_size
        for size in (whole - 1, whole - 5000, whole * 2 // 3, whole // 2, whole // 10, 3_000_000, 1_000_000, 100_000, 1000, 24, 4):
            with self.subTest(size):
                os.truncate(path, size)
                self.refuses("run", path, "x", names=["cut.gguf"])
                self.fails(1, "pull", f"file:{path}", says=["cut.gguf"], within=1)


if __name__ == "__main__":
    main()
