"""No option is dropped: it is followed, it changes nothing, it is warned of, or it is refused with what to do instead."""
import os
import tempfile
import unittest
import warnings

_home = tempfile.TemporaryDirectory(prefix="maru-home-")
os.environ["MARU_HOME"], os.environ["MARU_OFFLINE"] = _home.name, "1"

import maru
import maru.torch as torch
from maru import AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer, pipeline
from maru import _options


class Options(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bert, cls.gpt2 = maru.tiny("bert"), maru.tiny("gpt2")
        cls.model, cls.tokenizer = AutoModelForCausalLM.from_pretrained(cls.gpt2), AutoTokenizer.from_pretrained(cls.gpt2,
                                                                                                                 pad_token="<|endoftext|>")
        cls.tokens = cls.tokenizer("the cat", return_tensors="pt")

    def silent(self, call):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return call()

    def warns(self, pattern, call):
        with self.assertWarnsRegex(UserWarning, pattern) as caught:
            answer = call()
        self.assertEqual(caught.filename, __file__)
        return answer

    def refuses(self, pattern, call):
        with self.assertRaisesRegex(maru.Error, pattern):
            call()

    def test_what_changes_nothing_is_taken_in_silence(self):
        self.silent(lambda: AutoModel.from_pretrained(self.bert, torch_dtype="auto", dtype=None, device_map="cpu", low_cpu_mem_usage=True,
                                                      trust_remote_code=False, attn_implementation="eager"))
        self.silent(lambda: self.model.generate(**self.tokens, max_new_tokens=1, use_cache=True, return_dict_in_generate=False))
        self.silent(lambda: self.model.to("cpu").eval())
        self.silent(lambda: pipeline("text-generation", model=self.gpt2, tokenizer=self.tokenizer, device=-1)("the", max_new_tokens=1,
                                                                                                              batch_size=4))

    def test_what_is_nearly_the_same_is_warned_of(self):
        self.warns("float32", lambda: AutoModel.from_pretrained(self.bert, torch_dtype="float16"))
        self.warns("CPU", lambda: AutoModel.from_pretrained(self.bert, device_map="cuda:0"))
        self.warns("CPU", lambda: self.model.to("cuda"))
        self.warns("CPU", lambda: self.tokens.to("cuda"))
        self.warns("temperature, top_k", lambda: self.model.generate(**self.tokens, max_new_tokens=1, temperature=0.5, top_k=4))
        self.warns("cuts nothing", lambda: AutoTokenizer.from_pretrained(self.gpt2, model_max_length=int(1e30))("the", truncation=True))

    def test_what_would_be_another_result_is_refused(self):
        self.refuses("MARU_HOME", lambda: AutoModel.from_pretrained(self.bert, cache_dir="/tmp"))
        self.refuses("no option", lambda: AutoModel.from_pretrained(self.bert, no_such_option=1))
        self.refuses("no option", lambda: AutoTokenizer.from_pretrained(self.bert, no_such_option=1))
        self.refuses("overlapping", lambda: self.tokenizer("the", stride=2))
        self.refuses("no option", lambda: self.tokenizer("the", no_such_option=1))
        self.refuses("gives ids", lambda: self.model.generate(**self.tokens, output_scores=True))
        self.refuses("no_such_argument", lambda: pipeline("text-generation", model=self.gpt2, no_such_argument=1))
        self.refuses("its own", lambda: pipeline("text-generation", model=self.gpt2, tokenizer=self.bert))
        self.refuses("takes no position_ids", lambda: self.model(**self.tokens, position_ids=self.tokens.input_ids))

    def test_no_input_is_dropped(self):
        write = pipeline("text-generation", model=self.gpt2)
        self.refuses("2 inputs", lambda: write("the", "cat"))
        named = pipeline("question-answering", model=self.bert)
        self.refuses("3 inputs", lambda: named("who?", "a cat", "a dog"))
        self.refuses("3 inputs", lambda: named("who?", "a cat", question="who?"))

    def test_what_is_followed(self):
        shown = AutoModel.from_pretrained(self.bert, output_attentions=True, output_hidden_states=True)(input_ids=torch.tensor([[2, 5, 3]]))
        self.assertEqual((len(shown.attentions), len(shown.hidden_states)), (2, 3))
        self.assertEqual(AutoTokenizer.from_pretrained(self.bert, model_max_length=12, padding_side="left").model_max_length, 12)
        batch = self.tokenizer("the cat", padding=True, pad_to_multiple_of=8, return_length=True)
        self.assertEqual((len(batch["input_ids"]), batch["length"]), (8, 8))
        cut = self.warns("truncation=True", lambda: self.tokenizer("the cat sat on the mat", max_length=3))
        self.assertEqual(len(cut["input_ids"]), 3)

    def test_every_reason_is_given(self):
        for table in (_options.MODEL, _options.TOKENIZER, _options.CONFIG, _options.PIPELINE, _options.GENERATE, _options.CALL):
            for name, option in table.items():
                self.assertTrue(option.why or option.fine is _options._any, name)

    def test_a_sampled_text_keeps_the_rules_of_a_search(self):
        ids = self.model.generate(**self.tokens, do_sample=True, max_new_tokens=30, min_new_tokens=30, no_repeat_ngram_size=1,
                                  seed=5)[0].tolist()
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(len(ids), self.tokens.input_ids.shape[1] + 30)

    def test_an_encoder_decoder_is_sampled(self):
        for kind in ("t5", "bart"):
            name = maru.tiny(kind)
            model, tokens = AutoModelForSeq2SeqLM.from_pretrained(name), AutoTokenizer.from_pretrained(name)("the cat sat",
                                                                                                             return_tensors="pt")
            draw = lambda **how: model.generate(**tokens, max_new_tokens=12, min_new_tokens=12, do_sample=True, **how).tolist()
            self.assertEqual(draw(seed=1), draw(seed=1))
            self.assertNotEqual(draw(seed=1), draw(seed=2))
            self.assertEqual(draw(top_k=1), model.generate(**tokens, max_new_tokens=12, min_new_tokens=12).tolist())


if __name__ == "__main__":
    unittest.main()
