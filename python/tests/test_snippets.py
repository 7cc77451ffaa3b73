"""The three snippets of a conversation, taken from the file that MARU_SEED names, with only their import lines changed; and the figures that
the third one's model gives. The model is that of MARU_TEST_MINILM; what is not named is left out, and the test says so."""
import contextlib
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "fakes"))

import maru
import maru.torch as torch
from maru import AutoModel, AutoTokenizer
from maru._maru import _write_random

SEED, MINILM = os.environ.get("MARU_SEED"), os.environ.get("MARU_TEST_MINILM")
IMPORTS = {"from transformers import pipeline": "from maru import pipeline",
           "from transformers import AutoTokenizer, AutoModel": "from maru import AutoTokenizer, AutoModel",
           "import torch": "import maru.torch as torch"}


def snippets():
    text = pathlib.Path(SEED).read_text(encoding="utf-8")
    found = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "from transformers" in code]
    return ["\n".join(IMPORTS.get(line, line) for line in code.splitlines()) + "\n" for code in found]


def run(code):
    out, names = io.StringIO(), {}
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(code, "snippet", "exec"), names)
    return out.getvalue(), names


def bert_base_shaped(folder):
    """One random layer of BERT's base width with the ids of the uncased vocabulary for two words."""
    vocabulary = {f"[unused{i}]": i for i in range(7600)}
    for word, number in {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, "world": 2088, "hello": 7592}.items():
        del vocabulary[f"[unused{number}]"]
        vocabulary[word] = number
    special = [{"id": n, "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
               for w, n in vocabulary.items() if w in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
    mark = lambda t, kind=0: {"SpecialToken": {"id": t, "type_id": kind}}
    text = lambda t, kind: {"Sequence": {"id": t, "type_id": kind}}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                       "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": [mark("[CLS]"), text("A", 0), mark("[SEP]")],
                           "pair": [mark("[CLS]"), text("A", 0), mark("[SEP]"), text("B", 1), mark("[SEP]", 1)],
                           "special_tokens": {t: {"id": t, "ids": [vocabulary[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": dict(sorted(vocabulary.items(), key=lambda item: item[1]))}}
    config = {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": 7600, "hidden_size": 768, "num_hidden_layers": 1,
              "num_attention_heads": 12,
              "intermediate_size": 256, "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
              "pad_token_id": 0}
    for name, content in (("tokenizer.json", tokenizer), ("config.json", config), ("tokenizer_config.json",
                                                                                   {"tokenizer_class": "BertTokenizer",
                                                                                    "model_max_length": 512})):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    _write_random(str(folder), 0, ["pooler.dense.weight"])


@contextlib.contextmanager
def environment(**values):
    before = {k: os.environ.get(k) for k in values}
    os.environ.update({k: v for k, v in values.items() if v is not None})
    for k in [k for k, v in values.items() if v is None]:
        os.environ.pop(k, None)
    try:
        yield
    finally:
        for k, v in before.items():
            os.environ.pop(k, None) if v is None else os.environ.__setitem__(k, v)


class Snippets(unittest.TestCase):
    @unittest.skipUnless(SEED and os.environ.get("MARU_TEST_SMOLLM2"), "MARU_SEED or MARU_TEST_SMOLLM2 is not set")
    def test_the_first_gives_a_label_and_a_score(self):
        _, names = run(snippets()[0])
        answer = names["classifier"]("I love learning about transformers!")
        self.assertEqual(answer[0]["label"].upper(), "POSITIVE")
        self.assertGreater(answer[0]["score"], 0.5)

    @unittest.skipUnless(SEED, "MARU_SEED is not set")
    def test_the_second_shows_ids_and_a_shape(self):
        from fake_hub import FakeHub
        with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as made, FakeHub() as hub:
            bert_base_shaped(pathlib.Path(made))
            hub.model("google-bert/bert-base-uncased", {p.name: p for p in pathlib.Path(made).iterdir()})
            hub.model("bert-base-uncased", {p.name: p for p in pathlib.Path(made).iterdir()})
            with environment(MARU_HOME=home, HF_ENDPOINT=hub.url, MARU_OFFLINE=None, HF_HUB_OFFLINE=None, TRANSFORMERS_OFFLINE=None,
                             HF_HOME=home):
                out, _ = run(snippets()[1])
        self.assertIn("'input_ids': tensor([[ 101, 7592, 2088,  102]])", out)
        self.assertIn("torch.Size([1, 4, 768])", out)

    @unittest.skipUnless(SEED and MINILM, "MARU_SEED or MARU_TEST_MINILM is not set")
    def test_the_third_prints_two_products(self):
        out, _ = run(snippets()[2].replace('"sentence-transformers/all-MiniLM-L6-v2"', repr(MINILM)))
        products = [float(n) for n in re.findall(r"유사도: (-?[0-9]+\.[0-9]{4})$", out, re.MULTILINE)]
        self.assertEqual(len(products), 2)
        self.assertAlmostEqual(products[0], 27.369, places=2)
        self.assertAlmostEqual(products[1], 2.502, places=2)


@unittest.skipUnless(MINILM, "MARU_TEST_MINILM is not set")
class Figures(unittest.TestCase):
    """Of the reference library with the same model."""
    ENGLISH = ("I love machine learning", "AI is fascinating", "The weather is nice today")
    KOREAN = ("나는 머신러닝을 사랑해", "인공지능은 매력적이야", "오늘 날씨가 좋다")

    @classmethod
    def setUpClass(cls):
        cls.tokenizer, cls.model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)

    def vectors(self, texts, pool=lambda hidden: hidden.mean(dim=1), **how):
        return [pool(self.model(**self.tokenizer(t, return_tensors="pt", truncation=True,
                                                 **how)).last_hidden_state).squeeze() for t in texts]

    def check(self, vectors, dots=None, cosines=None):
        first, *others = vectors
        for other, dot, cosine in zip(others, dots or (None, None), cosines or (None, None)):
            if dot is not None:
                self.assertAlmostEqual(torch.dot(first, other).item(), dot, delta=6e-4)
            if cosine is not None:
                self.assertAlmostEqual(torch.nn.functional.cosine_similarity(first, other, dim=0).item(), cosine, delta=6e-4)

    def test_means_over_real_tokens(self):
        self.check(self.vectors(self.ENGLISH), (27.369, 2.502), (0.606, 0.070))

    def test_first_tokens(self):
        self.check(self.vectors(self.ENGLISH, lambda hidden: hidden[:, 0]), None, (0.832, 0.705))

    def test_means_over_padding_too(self):
        self.check(self.vectors(self.ENGLISH, padding="max_length", max_length=128), None, (0.859, 0.698))

    def test_korean(self):
        self.check(self.vectors(self.KOREAN), (3.984, 5.087), (0.786, 0.611))


if __name__ == "__main__":
    unittest.main()
