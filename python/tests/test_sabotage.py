"""MARU_SABOTAGE: attention broken on purpose, in every way out of a model."""
import os
import tempfile
import unittest

_home = tempfile.TemporaryDirectory(prefix="maru-home-")
os.environ["MARU_HOME"], os.environ["MARU_OFFLINE"] = _home.name, "1"

import maru
import maru.torch as torch
from maru import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM


class Sabotage(unittest.TestCase):
    def tearDown(self):
        os.environ.pop("MARU_SABOTAGE", None)

    def under(self, how, call):
        os.environ["MARU_SABOTAGE"] = how
        try:
            return call()
        finally:
            del os.environ["MARU_SABOTAGE"]

    def test_a_mask_off_by_one_shows_each_query_one_later_key(self):
        model, ids = AutoModelForCausalLM.from_pretrained(maru.tiny("gpt2")), torch.tensor([[5, 6, 7, 8]])
        weights = lambda: model(input_ids=ids, output_attentions=True).attentions[1][0, 0]
        whole, broken = (weights() > 0).tolist(), (self.under("mask_off_by_one", weights) > 0).tolist()
        self.assertEqual(whole, [[j <= i for j in range(4)] for i in range(4)])
        self.assertEqual(broken, [[j <= i + 1 for j in range(4)] for i in range(4)])

    def test_a_mask_off_by_one_leaves_an_encoder_as_it_is(self):
        model, ids = AutoModelForMaskedLM.from_pretrained(maru.tiny("bert")), torch.tensor([[2, 5, 6, 3]])
        logits = lambda: model(input_ids=ids).logits.tolist()
        self.assertEqual(logits(), self.under("mask_off_by_one", logits))

    def test_scores_that_are_not_divided(self):
        for kind, model in (("bert", AutoModelForMaskedLM), ("gpt2", AutoModelForCausalLM)):
            model, ids = model.from_pretrained(maru.tiny(kind)), torch.tensor([[2, 5, 6, 3]])

            def seen():
                with maru.watch(model) as inside:
                    model(input_ids=ids)
                return inside["attention.scores", 0][0, 3], inside["attention.q", 0][3, 0] @ inside["attention.k", 0][:, 0].T

            scores, products = seen()
            self.assertTrue(torch.allclose(scores, products / 8 ** 0.5, atol=1e-5), kind)
            scores, products = self.under("no_sqrt_d", seen)
            self.assertTrue(torch.allclose(scores, products, atol=1e-5), kind)

    def test_it_reaches_writing_losses_and_training(self):
        model = AutoModelForSeq2SeqLM.from_pretrained(maru.tiny("bart"))
        source, target = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[3, 5, 6]])
        decoder, ids = AutoModelForCausalLM.from_pretrained(maru.tiny("gpt2")), torch.tensor([[5, 6, 7, 8]])
        for call in (lambda: model(input_ids=source, decoder_input_ids=target).logits.tolist(),
                     lambda: decoder(input_ids=ids, labels=ids).loss.item(),
                     lambda: maru.train.causal_lm(["the cat sat on the mat"], steps=3)[2]):
            for how in ("no_sqrt_d", "mask_off_by_one"):
                self.assertEqual(call(), call())
                self.assertNotEqual(call(), self.under(how, call), how)
        # Which tokens are written need not change; with eight seeds some do.
        write = lambda: [decoder.generate(input_ids=ids, max_new_tokens=8, do_sample=True, seed=s).tolist() for s in range(8)]
        for how in ("no_sqrt_d", "mask_off_by_one"):
            self.assertNotEqual(write(), self.under(how, write), how)

    def test_another_word_is_an_error_that_teaches(self):
        model = AutoModelForCausalLM.from_pretrained(maru.tiny("gpt2"))
        for call in (lambda: model(input_ids=torch.tensor([[5]])), lambda: AutoModelForCausalLM.from_pretrained(maru.tiny("gpt2"))):
            with self.assertRaisesRegex(maru.Error, "no_sqrt_d or mask_off_by_one"):
                self.under("nonsense", call)
        self.under("", lambda: model(input_ids=torch.tensor([[5]])))


if __name__ == "__main__":
    unittest.main()
