"""Tokenizers, models, watching, writing and training, on tiny models made here; no network, no downloads."""
import os
import tempfile
import unittest

_home = tempfile.TemporaryDirectory(prefix="maru-home-")
os.environ["MARU_HOME"], os.environ["MARU_OFFLINE"] = _home.name, "1"

import maru
import maru.torch as torch
from maru import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer


class Tokens(unittest.TestCase):
    def setUp(self):
        self.tokenizer = AutoTokenizer.from_pretrained(maru.tiny("bert"))

    def test_a_batch_is_padded_and_cut(self):
        batch = self.tokenizer(["the cat sat on the mat", "a dog"], return_tensors="pt", padding=True, truncation=True, max_length=6)
        self.assertEqual(batch.input_ids.shape, (2, 6))
        self.assertEqual(batch.input_ids[:, 0].tolist(), [self.tokenizer.cls_token_id] * 2)
        self.assertEqual(batch["input_ids"][0, -1].item(), self.tokenizer.sep_token_id)
        length = int(batch.attention_mask[1].sum())
        self.assertTrue((batch.input_ids[1, length:] == self.tokenizer.pad_token_id).all())
        self.assertEqual(list(batch), ["input_ids", "token_type_ids", "attention_mask"])

    def test_a_pair_has_two_types_and_offsets(self):
        one = self.tokenizer("hello world", "a dog", return_offsets_mapping=True)
        self.assertEqual(sorted(set(one["token_type_ids"])), [0, 1])
        self.assertEqual(one["offset_mapping"][0], (0, 0))
        self.assertEqual(len(one["offset_mapping"]), len(one["input_ids"]))

    def test_the_longer_of_a_pair_is_cut_first(self):
        batch = self.tokenizer("the cat sat on the mat", "a dog", truncation=True, max_length=7)
        self.assertEqual(len(batch["input_ids"]), 7)
        self.assertEqual(batch["token_type_ids"].count(1), len(self.tokenizer.tokenize("a dog")) + 1)

    def test_there_and_back(self):
        ids = self.tokenizer("hello world")["input_ids"]
        self.assertEqual(self.tokenizer.decode(ids, skip_special_tokens=True), "hello world")
        self.assertEqual(self.tokenizer.convert_tokens_to_ids(self.tokenizer.convert_ids_to_tokens(ids)), ids)

    def test_different_lengths_make_no_tensor(self):
        with self.assertRaisesRegex(maru.Error, "padding=True"):
            self.tokenizer(["a", "the cat sat"], return_tensors="pt")


class Watching(unittest.TestCase):
    def setUp(self):
        name = maru.tiny("bert")
        self.model, tokenizer = AutoModel.from_pretrained(name), AutoTokenizer.from_pretrained(name)
        self.tokens = tokenizer("the cat sat", return_tensors="pt")
        self.length = self.tokens["input_ids"].shape[1]

    def test_what_is_seen_is_what_the_outputs_say(self):
        with maru.watch(self.model) as seen, torch.no_grad():
            out = self.model(**self.tokens, output_attentions=True, output_hidden_states=True)
        self.assertEqual(seen["attention.q", 0].shape, (self.length, 4, 8))
        self.assertTrue(torch.equal(seen["attention.weights", 1], out.attentions[1][0]))
        self.assertTrue(torch.equal(seen["residual", 0], out.hidden_states[1][0]))
        self.assertIn(("attention.k", 1), list(seen))

    def test_a_change_changes_the_output_and_only_inside(self):
        before = self.model(**self.tokens).last_hidden_state
        with maru.watch(self.model, change={("attention.out", 0): lambda out: out * 0}):
            changed = self.model(**self.tokens).last_hidden_state
        self.assertGreater((changed - before).abs().max().item(), 1e-3)
        self.assertTrue(torch.equal(self.model(**self.tokens).last_hidden_state, before))

    def test_an_identity_changes_nothing(self):
        before = self.model(**self.tokens).last_hidden_state
        with maru.watch(self.model, change={"attention.q": lambda q: q}):
            self.assertTrue(torch.equal(self.model(**self.tokens).last_hidden_state, before))

    def test_errors_of_a_change_come_out(self):
        with self.assertRaises(ZeroDivisionError), maru.watch(self.model, change={("attention.q", 0): lambda q: 1 / 0}):
            self.model(**self.tokens)
        with self.assertRaisesRegex(maru.Error, "attention.q"), maru.watch(self.model, change={("attention.q", 0): lambda q: q[:1]}):
            self.model(**self.tokens)


class Writing(unittest.TestCase):
    def test_a_padded_batch_writes_what_each_text_alone_does(self):
        name = maru.tiny("gpt2")
        model, tokenizer = AutoModelForCausalLM.from_pretrained(name), AutoTokenizer.from_pretrained(name)
        with self.assertRaisesRegex(maru.Error, "pad_token"):
            tokenizer(["the cat sat", "a"], return_tensors="pt", padding=True)
        tokenizer.pad_token, tokenizer.padding_side = tokenizer.eos_token, "left"
        batch = tokenizer(["the cat sat", "a"], return_tensors="pt", padding=True)
        together = model.generate(**batch, max_new_tokens=4)
        alone = model.generate(**tokenizer("a", return_tensors="pt"), max_new_tokens=4)
        self.assertEqual(together[1, -4:].tolist(), alone[0, -4:].tolist())
        self.assertEqual(together[:, :batch.input_ids.shape[1]].tolist(), batch.input_ids.tolist())

    def test_greedy_is_the_forward_pass_again_and_again(self):
        name = maru.tiny("gpt2")
        model, tokenizer = AutoModelForCausalLM.from_pretrained(name), AutoTokenizer.from_pretrained(name)
        ids = tokenizer("the cat", return_tensors="pt").input_ids
        for _ in range(3):
            ids = torch.cat([ids, model(input_ids=ids).logits[:, -1].argmax(-1, keepdim=True)], dim=1)
        self.assertEqual(model.generate(input_ids=tokenizer("the cat", return_tensors="pt").input_ids, max_new_tokens=3).tolist(),
                         ids.tolist())

    def test_sampling_repeats_with_its_seed(self):
        name = maru.tiny("gpt2")
        model, tokenizer = AutoModelForCausalLM.from_pretrained(name), AutoTokenizer.from_pretrained(name)
        tokens = tokenizer("the cat", return_tensors="pt")
        draw = lambda seed: model.generate(**tokens, max_new_tokens=8, do_sample=True, seed=seed).tolist()
        self.assertEqual(draw(1), draw(1))
        self.assertNotEqual(draw(1), draw(2))
        with self.assertRaisesRegex(maru.Error, "no_such_option"):
            model.generate(**tokens, no_such_option=1)

    def test_an_encoder_decoder_reads_only_what_is_no_padding(self):
        for kind in ("t5", "bart"):
            name = maru.tiny(kind)
            model, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(name), AutoTokenizer.from_pretrained(name)
            batch = tokenizer(["the cat sat on the mat", "a dog"], return_tensors="pt", padding=True)
            target = torch.tensor([[3, 4, 5], [3, 4, 5]])
            together = model(**batch, decoder_input_ids=target, output_attentions=True)
            alone = model(**tokenizer("a dog", return_tensors="pt"), decoder_input_ids=target[:1])
            self.assertTrue(torch.allclose(together.logits[1], alone.logits[0], atol=1e-5), kind)
            self.assertTrue((together.cross_attentions[0][1, :, :, -1] == 0).all(), kind)


class Learning(unittest.TestCase):
    SENTENCES = [f"{who} walks to the {place}" for who in ("anna", "tom", "mina") for place in ("park", "school", "market")]

    def test_a_masked_word_is_learned(self):
        model, tokenizer, losses = maru.train.masked_lm(self.SENTENCES, steps=120)
        self.assertLess(sum(losses[-20:]), sum(losses[:20]) / 2)
        tokens = tokenizer("anna walks to [MASK] park", return_tensors="pt")
        at = tokens.input_ids[0].tolist().index(tokenizer.mask_token_id)
        self.assertEqual(tokenizer.decode([int(model(**tokens).logits[0, at].argmax())]), "the")

    def test_the_next_word_is_learned_and_the_seed_repeats(self):
        first = maru.train.causal_lm(self.SENTENCES, steps=30)[2]
        again = maru.train.causal_lm(self.SENTENCES, steps=30)[2]
        self.assertEqual(first, again)
        self.assertLess(first[-1], first[0])


class Errors(unittest.TestCase):
    def test_a_name_that_leads_nowhere(self):
        with self.assertRaises(maru.Error):
            AutoModel.from_pretrained("/no/such/folder")

    def test_a_head_that_is_not_there(self):
        with self.assertRaises(maru.NotFoundError):
            maru.AutoModelForTokenClassification.from_pretrained(maru.tiny("bert"))

    def test_a_text_longer_than_the_model(self):
        model = AutoModelForMaskedLM.from_pretrained(maru.tiny("bert"))
        with self.assertRaisesRegex(maru.Error, "128"):
            model(input_ids=torch.full((1, 200), 5))


if __name__ == "__main__":
    unittest.main()
