"""Padded batches against the reference library's numbers: rows of padding included."""
import json
import pathlib
import unittest

import maru
import maru.torch as torch

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "tests" / "golden" / "models"


class Padded(unittest.TestCase):
    def test_every_output_is_the_references(self):
        cases = json.loads((HERE / "golden" / "padded.json").read_text())
        self.assertGreater(len(cases), 10)
        for name, case in cases.items():
            with self.subTest(model=name):
                self.check(name, case)

    def check(self, name, case):
        model = getattr(maru, case["class"]).from_pretrained(str(MODELS / name))
        given = {k: torch.tensor(case[k]) for k in ("input_ids", "attention_mask", "decoder_input_ids") if k in case}
        found = model(**given, output_attentions=True, output_hidden_states=True)
        seen = given["attention_mask"] > 0
        for key, expected in case["outputs"].items():
            group, _, number = key.partition("[")
            value = found[group][int(number[:-1])] if number else found[group]
            wanted = torch.tensor(expected["values"]).reshape(expected["shape"])
            self.assertEqual(tuple(value.shape), tuple(wanted.shape), f"{name} {key}")
            self.assertLess((value - wanted).abs().max().item(), 2e-5, f"{name} {key}")
        self.assertTrue(seen.any())

    def test_a_mask_with_holes_is_refused(self):
        model = maru.AutoModel.from_pretrained(str(MODELS / "bert_base"))
        with self.assertRaisesRegex(maru.Error, "attention_mask|어텐션"):
            model(input_ids=torch.tensor([[5, 6, 7]]), attention_mask=torch.tensor([[1, 0, 1]]))


if __name__ == "__main__":
    unittest.main()
