"""Tasks, `maru model` and `maru tokenizer train` as a person types them, on the tiny checkpoints of tests/golden/tasks."""
import json
import pathlib

import scenario
from scenario import HANGUL, Scenario

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "tasks"


def first_call(case, **arguments):
    for call in json.loads((GOLDEN / case / "calls.json").read_text()):
        if call["arguments"] == arguments and isinstance(call["inputs"], str):
            return call
    raise AssertionError(f"{case} holds no such call")


class Tasks(Scenario):
    def test_the_command_says_what_the_library_says(self):
        call = first_call("masks_wordpiece")
        answer = self.json("fill-mask", "--model", GOLDEN / "masks_wordpiece", call["inputs"])
        self.assertEqual([row["token_str"] for row in answer["output"]], [row["token_str"] for row in call["output"]])
        for got, expected in zip(answer["output"], call["output"]):
            self.assertAlmostEqual(got["score"], expected["score"], delta=1e-4)

    def test_inputs_come_from_standard_input_as_json_too(self):
        call = first_call("masks_wordpiece")
        answer = self.json("fill-mask", "--model", GOLDEN / "masks_wordpiece", "--stdin-json", stdin=json.dumps(call["inputs"]))
        self.assertEqual(answer["output"][0]["token_str"], call["output"][0]["token_str"])

    def test_entities_stand_in_the_text_and_colour_only_on_a_terminal(self):
        done = self.maru("ner", "--model", GOLDEN / "entities_wordpiece", "--aggregation-strategy", "simple", "Angela Merkel met José in São Paulo.")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertIn("José", done.stdout.decode())

    def test_what_cannot_be_is_said_in_both_languages(self):
        self.refuses("fill-mask", "--model", GOLDEN / "masks_wordpiece", "no mask here", code=2, names=["[MASK]"], within=5)
        self.refuses("ner", "--model", GOLDEN / "masks_wordpiece", "text", says=["holds none"], within=5)
        self.refuses("ner", "text", code=2, says=["--model"], within=5)
        self.refuses("fill-mask", "--model", GOLDEN / "masks_wordpiece", "--top-k", "0", "a [MASK]", code=2, names=["top_k"], within=5)
        korean = self.maru("ner", "--help", LC_ALL="ko_KR.UTF-8").stdout.decode()
        self.assertRegex(korean, HANGUL)

    def test_the_tensors_of_a_model_are_named_shaped_and_saved(self):
        report = self.json("model", GOLDEN / "masks_wordpiece", "a b", "--save", f"last_hidden_state={self.folder}/h.npy")
        shapes = {name: tensor["shape"] for name, tensor in report["tensors"].items()}
        tokens = len(report["tokens"])
        self.assertEqual(shapes["last_hidden_state"][:2], [1, tokens])
        self.assertEqual((self.folder / "h.npy").read_bytes()[:6], b"\x93NUMPY")

    def test_a_vocabulary_is_learnt_and_cuts_text(self):
        self.write("text.txt", "the cat sat on the mat, the cat ran after the rat\n" * 50 + "마루에 앉아 마루를 본다\n" * 20)
        for kind, size, model in (("bpe", 262, "BPE"), ("wordpiece", 40, "WordPiece"), ("unigram", 36, "Unigram")):
            report = self.json("tokenizer", "train", "--model", kind, "--vocab-size", size, f"{kind}.json", "text.txt")
            self.assertEqual(report["vocabulary_size"], size)
            self.assertEqual(json.loads((self.folder / f"{kind}.json").read_text())["model"]["type"], model)
        self.refuses("tokenizer", "train", "--model", "bpe", "--vocab-size", "5000", "x.json", "text.txt", says=["fewer than the 5000"])
        self.assertFalse((self.folder / "x.json").exists())


if __name__ == "__main__":
    scenario.main()
