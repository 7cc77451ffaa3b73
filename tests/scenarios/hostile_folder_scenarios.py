"""Model folders whose safetensors, configuration or tokenizer is broken or lying: refused by file and field, in both languages."""
import json
import os
import pathlib
import struct

from scenario import MINILM, Scenario, main, needs_minilm
from tiny_models import Bert, safetensors

NAN, INFINITE = float("nan"), float("inf")
QUERY = "encoder.layer.0.attention.self.query.weight"


def header(change):
    """The tiny model's tensors with one entry changed."""
    entries, data = Bert().entries()
    change(entries)
    return safetensors(entries, data)


def entry(**changed):
    return header(lambda entries: entries[QUERY].update(changed))


BEGIN, END = Bert().entries()[0][QUERY]["data_offsets"]
ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
BROKEN_SAFETENSORS = [
    ("empty", b"", ["0 bytes"]),
    ("seven-bytes", bytes(7), ["7 bytes"]),
    ("length-0", struct.pack("<Q", 0), ["header"]),
    ("length-2^63", struct.pack("<Q", 2**63) + b"{}", ["header length"]),
    ("length-2^64-1", struct.pack("<Q", 2**64 - 1) + b"{}", ["header length"]),
    ("length-over-100-MB", struct.pack("<Q", 100_000_001) + b"{}", ["header length"]),
    ("length-past-the-end", safetensors(*Bert().entries(), length=10**6), ["header length"]),
    ("length-too-short", safetensors(*Bert().entries(), length=50), ["header"]),
    ("no-json", struct.pack("<Q", 4) + b"abcd", ["header"]),
    ("space-before", safetensors({}, b"", header=b" {}"), ["header"]),
    ("letters-behind", safetensors({}, b"", header=b"{}x"), ["header"]),
    ("deep", safetensors({}, b"", header=b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), ["nested"]),
    ("key-twice", safetensors({}, bytes(4), header=('{"a":%s,"a":%s}' % ((json.dumps(ONE),) * 2)).encode()), ['"a"']),
    ("key-twice-in-unicode", safetensors({"\u00e9": ONE, "e\u0301": {**ONE, "data_offsets": [4, 8]}}, bytes(8)), ["twice"]),
    ("key-not-utf8", safetensors({}, b"", header=b'{"\xff":{}}'), ["JSON"]),
    ("key-half-a-surrogate", safetensors({}, bytes(4), header=b'{"\\ud800":' + json.dumps(ONE).encode() + b"}"), ["JSON"]),
    ("notes-a-list", header(lambda entries: entries.update(__metadata__={"a": [1]})), ["__metadata__"]),
    ("dtype-unknown", entry(dtype="F99"), [QUERY, "F99"]),
    ("dtype-a-number", entry(dtype=3), [QUERY, "dtype"]),
    ("dtype-of-other-size", entry(dtype="I64"), [QUERY, "8192"]),
    ("shape-negative", entry(shape=[-1, 32]), [QUERY, "shape"]),
    ("shape-a-fraction", entry(shape=[32.5, 32]), [QUERY, "shape"]),
    ("shape-a-text", entry(shape="32"), [QUERY, "shape"]),
    ("shape-overflows", entry(shape=[2**40, 2**40]), [QUERY, "2^63"]),
    ("shape-of-nothing", entry(shape=[0, 32]), [QUERY, "4096"]),
    ("offsets-swapped", entry(data_offsets=[END, BEGIN]), [QUERY, "data_offsets"]),
    ("offsets-with-a-hole", entry(data_offsets=[BEGIN + 4, END + 4]), [QUERY, "data_offsets"]),
    ("offsets-overlap", entry(data_offsets=[BEGIN - 4, END - 4]), [QUERY, "data_offsets"]),
    ("offsets-three", entry(data_offsets=[0, 1, 2]), [QUERY, "data_offsets"]),
    ("offsets-negative", entry(data_offsets=[-4, 4092]), [QUERY, "data_offsets"]),
    ("offsets-far-away", entry(data_offsets=[2**60, 2**60 + 4096]), ["data_offsets"]),
    ("a-member-more", entry(more=1), [QUERY]),
    ("a-member-less", header(lambda entries: entries[QUERY].pop("dtype")), [QUERY]),
    ("bytes-behind", safetensors(*Bert().entries()) + b"x", ["50177"]),
    *((f"cut-at-{size}", safetensors(*Bert().entries())[:size], []) for size in (8, 100, 2000, 20_000, 52_000)),
]


def config(**changed):
    def change(model):
        for key, value in changed.items():
            if value is None:
                del model.config[key]
            else:
                model.config[key] = value
    return change


def tokenizer(*path_and_value):
    def change(model):
        at = model.tokenizer
        for step in path_and_value[:-2]:
            at = at[step]
        if path_and_value[-1] is None:
            del at[path_and_value[-2]]
        else:
            at[path_and_value[-2]] = path_and_value[-1]
    return change


def file(name, content):
    return lambda model: model.files.update({name: content})


def shape(name, sides):
    return lambda model: model.shapes.update({name: sides}) if sides else model.shapes.pop(name)


WRONG_BERT = [
    *((f"no-{key}", config(**{key: None}), ["config.json", key])
      for key in ("model_type", "num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "vocab_size",
                  "max_position_embeddings")),
    ("layers-0", config(num_hidden_layers=0), ["config.json", "num_hidden_layers"]),
    ("layers-10^9", config(num_hidden_layers=10**9), ["config.json", "num_hidden_layers"]),
    ("layers-a-fraction", config(num_hidden_layers=1.5), ["config.json", "num_hidden_layers"]),
    ("layers-a-text", config(num_hidden_layers="1"), ["config.json", "num_hidden_layers"]),
    ("heads-3", config(num_attention_heads=3), ["config.json", "num_attention_heads"]),
    ("vocabulary-larger", config(vocab_size=58), ["embeddings.word_embeddings.weight", "[58, 32]"]),
    ("vocabulary-2^40", config(vocab_size=2**40), ["config.json", "vocab_size"]),
    ("epsilon-0", config(layer_norm_eps=0), ["config.json", "layer_norm_eps"]),
    ("epsilon-negative", config(layer_norm_eps=-1.0), ["config.json", "layer_norm_eps"]),
    ("epsilon-not-a-number", config(layer_norm_eps=NAN), ["config.json", "JSON"]),
    ("epsilon-infinite", config(layer_norm_eps=INFINITE), ["config.json", "JSON"]),
    ("activation", config(hidden_act="swish9"), ["config.json", "hidden_act"]),
    ("positions", config(position_embedding_type="relative"), ["config.json", "position_embedding_type"]),
    ("other-architecture", config(model_type="mamba"), ["model_type", "mamba"]),
    ("architecture-a-number", config(model_type=4), ["config.json", "model_type"]),
    ("config-cut", file("config.json", b"{"), ["config.json"]),
    ("config-a-list", file("config.json", b"[]"), ["config.json"]),
    ("config-missing", file("config.json", None), ["config.json"]),
    ("config-empty", file("config.json", b""), ["config.json"]),
    ("config-not-utf8", file("config.json", b'{"a":"\xff"}'), ["config.json"]),
    ("config-key-twice", file("config.json", b'{"model_type":"bert","model_type":"llama"}'), ["config.json", "model_type"]),
    ("config-deep", file("config.json", b"[" * 100_000), ["config.json"]),
    ("tensor-missing", shape(QUERY, None), [QUERY]),
    ("tensor-left-over", shape("extra.weight", [32]), ["extra.weight"]),
    ("shape", shape(QUERY, [16, 64]), [QUERY, "[16, 64]"]),
    ("tokenizer-missing", file("tokenizer.json", None), ["tokenizer.json"]),
    ("tokenizer-empty", file("tokenizer.json", b""), ["tokenizer.json"]),
    ("tokenizer-cut", file("tokenizer.json", b'{"a'), ["tokenizer.json"]),
    ("tokenizer-a-list", file("tokenizer.json", b"[]"), ["tokenizer.json"]),
    ("tokenizer-not-utf8", file("tokenizer.json", b'{"version":"\xff"}'), ["tokenizer.json"]),
    ("tokenizer-of-nothing", tokenizer("model", None), ["tokenizer.json", "model"]),
    ("tokenizer-unigram", tokenizer("model", "type", "Unigram"), ["tokenizer.json", "model.vocab"]),
    ("tokenizer-unknown", tokenizer("model", "type", "Trigram"), ["tokenizer.json", "model.type", "Trigram"]),
    ("no-vocabulary", tokenizer("model", "vocab", None), ["tokenizer.json", "model.vocab"]),
    ("id-gap", tokenizer("model", "vocab", "zz", 1000), ["tokenizer.json", "model.vocab", "1000"]),
    ("id-twice", tokenizer("model", "vocab", "zz", 5), ["tokenizer.json", "model.vocab"]),
    ("id-negative", tokenizer("model", "vocab", "zz", -1), ["tokenizer.json", "model.vocab", "-1"]),
    ("id-2^33", tokenizer("model", "vocab", "zz", 2**33), ["tokenizer.json", "model.vocab"]),
    ("id-outside-the-model", tokenizer("model", "vocab", "zz", 57), ["58", "57"]),
    ("unknown-token", tokenizer("model", "unk_token", "nope"), ["tokenizer.json", "model.unk_token"]),
    ("normalizer", tokenizer("normalizer", "type", "Wat"), ["tokenizer.json", "normalizer.type"]),
    ("splitter", tokenizer("pre_tokenizer", "type", "Wat"), ["tokenizer.json", "pre_tokenizer.type"]),
    ("post-processor", tokenizer("post_processor", "type", "Wat"), ["tokenizer.json", "post_processor.type"]),
    ("post-processor-id", tokenizer("post_processor", "cls", ["[CLS]", 99]), ["tokenizer.json", "post_processor.cls"]),
    ("decoder", tokenizer("decoder", "type", "Wat"), ["tokenizer.json", "decoder.type"]),
    ("tokenizer-version", tokenizer("version", "9"), ["tokenizer.json", "version"]),
    ("named-token-unknown", file("tokenizer_config.json", b'{"cls_token":"nope"}'), ["tokenizer_config.json", "cls_token"]),
    ("tokenizer-config-cut", file("tokenizer_config.json", b"{"), ["tokenizer_config.json"]),
    ("limit-over-positions", file("sentence_bert_config.json", b'{"max_seq_length":100000}'),
     ["sentence_bert_config.json", "max_seq_length"]),
    ("limit-a-text", file("sentence_bert_config.json", b'{"max_seq_length":"256"}'), ["sentence_bert_config.json", "max_seq_length"]),
    ("limits-a-list", file("sentence_bert_config.json", b"[]"), ["sentence_bert_config.json"]),
    ("pooling-unknown", file("1_Pooling/config.json", b'{"pooling_mode_max_tokens":true}'),
     ["1_Pooling/config.json", "pooling_mode_max_tokens"]),
    ("pooling-a-list", file("1_Pooling/config.json", b"[1]"), ["1_Pooling/config.json"]),
]


class HostileFolders(Scenario):
    def folder_with(self, name, change):
        model = Bert()
        change(model)
        return model.write(self.folder / name)

    def test_safetensors_with_one_rule_broken_are_refused_by_every_command(self):
        for name, content, names in BROKEN_SAFETENSORS:
            with self.subTest(name):
                path = self.folder_with(name, file("model.safetensors", content))
                self.refuses("embed", path, "a cat", says=names, names=[f"{name}/model.safetensors"])
                for command in (["show", path], ["run", path, "x"], ["pull", f"file:{path}"]):
                    self.fails(1, *command, says=["model.safetensors"], within=1)
        self.assertEqual(self.json("list"), {"models": []})

    def test_a_wrong_model_folder_names_file_and_field(self):
        for name, change, names in WRONG_BERT:
            with self.subTest(name):
                self.refuses("embed", self.folder_with(name, change), "a cat", names=names)

    def test_code_that_a_configuration_names_is_not_looked_for(self):
        path = self.folder_with("auto", config(auto_map={"AutoModel": "evil.Model"}))
        (path / "evil.py").write_text("raise SystemExit(3)")
        self.assertEqual(self.json("embed", path, "a cat")["dimensions"], 32)

    def test_an_index_of_shards_must_agree_with_them(self):
        entries, data = Bert().entries()
        index = {name: "a.safetensors" for name in entries}
        good = safetensors(entries, data)
        cases = [
            ("whole", index, {"a.safetensors": good}, None),
            ("shard-missing", index, {}, ["a.safetensors"]),
            ("shard-outside", {"x": "../a.safetensors"}, {}, ["weight_map"]),
            ("shard-of-itself", {"x": "model.safetensors.index.json"}, {}, ["weight_map"]),
            ("nothing-in-it", {}, {}, ["weight_map"]),
            ("one-more", {**index, "nope": "a.safetensors"}, {"a.safetensors": good}, ["weight_map", "nope"]),
            ("one-less", {name: shard for name, shard in index.items() if name != QUERY}, {"a.safetensors": good}, ["weight_map", QUERY]),
        ]
        for name, weight_map, shards, names in cases:
            with self.subTest(name):
                model = Bert()
                index_file = json.dumps({"weight_map": weight_map}).encode()
                model.files.update({"model.safetensors": None, "model.safetensors.index.json": index_file, **shards})
                path = model.write(self.folder / name)
                if names is None:
                    self.assertEqual(self.json("embed", path, "a cat")["dimensions"], 32)
                else:
                    self.refuses("embed", path, "a cat", names=names)

    @needs_minilm
    def test_the_real_model_cut_anywhere_is_named(self):
        path = self.folder / "minilm"
        path.mkdir()
        for one in pathlib.Path(MINILM).iterdir():
            if one.is_file():
                (path / one.name).write_bytes(one.read_bytes())
        weights = path / "model.safetensors"
        whole = weights.stat().st_size
        for size in (whole - 1, whole // 2, 1_000_000, 10_000, 100, 8, 3):
            with self.subTest(size):
                os.truncate(weights, size)
                self.refuses("embed", path, "x", names=["minilm/model.safetensors"])


if __name__ == "__main__":
    main()
