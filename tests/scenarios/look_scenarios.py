"""maru look on the small models of tests/golden/tasks: what each view shows, that its JSON agrees with the other commands, and its errors."""
import json
import pathlib
import re
import struct
import xml.dom.minidom

from scenario import MINILM, SMOLLM2, Scenario, main, needs_minilm, needs_smollm2

TASKS = pathlib.Path(__file__).resolve().parent.parent / "golden" / "tasks"
DECODER, MASKS, BOTH = TASKS / "generation", TASKS / "masks_wordpiece", TASKS / "rewrite_t5"
TEXT = "The cat sat"


def npy(path):
    data = path.read_bytes()
    assert data[:6] == b"\x93NUMPY"
    begin = 10 + struct.unpack("<H", data[8:10])[0]
    return struct.unpack(f"<{(len(data) - begin) // 4}f", data[begin:])


class Look(Scenario):
    def shown(self, *arguments, **more):
        done = self.maru("look", *arguments, **more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def test_tokens_cover_the_text_in_characters_and_bytes(self):
        for model in (DECODER, MASKS):
            text = "The cat 나는 sat"
            tokens = [one for one in self.json("look", model, text)["tokens"] if "bytes" in one]
            raw = text.encode()
            for one in tokens:
                begin, end = one["characters"]
                self.assertEqual(one["text"], text[begin:end])
                if "part" not in one:
                    self.assertEqual(raw[slice(*one["bytes"])].decode().strip(), one["text"].strip())
            covered = b"".join(raw[slice(*one["bytes"])] for one in tokens)
            self.assertEqual(covered.replace(b" ", b""), raw.replace(b" ", b""))

    def test_the_pass_is_listed_in_order_with_layers_folded(self):
        names = [one["name"] for one in self.json("look", DECODER, TEXT)["tensors"]]
        self.assertLess(names.index("attention.q"), names.index("attention.scores"))
        self.assertLess(names.index("attention.scores"), names.index("attention.weights"))
        self.assertLess(names.index("attention.weights"), names.index("attention.out"))
        self.assertEqual(names[-1], "lm_head")
        folded, whole = self.shown(DECODER, TEXT), self.shown(DECODER, TEXT, "--all")
        self.assertIn("layers 1 to 1: the same", folded)
        self.assertNotIn("the same", whole)

    def test_a_causal_mask_is_the_triangle_of_the_conversation(self):
        shown = self.shown(DECODER, TEXT, "--mask")
        n = len(self.json("look", DECODER, TEXT)["tokens"])
        self.assertEqual((shown.count("✓"), shown.count("✗"), shown.count("−∞")), (n * (n + 1) // 2, n * (n - 1) // 2, n * (n - 1) // 2 + 2))
        head = self.json("look", DECODER, TEXT, "--mask")["attention"][0]
        self.assertEqual((head["kind"], head["seen"], head["pairs"]), ("causal", n * (n + 1) // 2, n * n))
        for i, (weights, scores) in enumerate(zip(head["weights"], head["scores"], strict=True)):
            self.assertAlmostEqual(sum(weights), 1, 5)
            self.assertEqual([w == 0 for w in weights], [j > i for j in range(n)])
            self.assertEqual([s == "-Infinity" for s in scores], [j > i for j in range(n)])
        both = self.json("look", BOTH, TEXT, "--target", "a dog", "--attention", "0.0")["attention"]
        self.assertEqual([one["kind"] for one in both], ["bidirectional", "causal", "cross"])
        self.assertNotIn("✗", self.shown(MASKS, TEXT, "--mask"))

    def test_attention_equals_what_maru_model_gives(self):
        for model, side in ((DECODER, "attentions"), (MASKS, "attentions")):
            self.maru("model", model, TEXT, "--save", f"{side}[1]=a.npy")
            heads = self.json("look", model, TEXT, "--attention", "1")["attention"]
            flat = [v for one in heads for row in one["weights"] for v in row]
            expected = npy(self.folder / "a.npy")
            self.assertEqual(len(flat), len(expected))
            self.assertLess(max(abs(a - b) for a, b in zip(flat, expected, strict=True)), 1e-5)

    def test_fill_equals_the_task(self):
        text = "The cat sat on the [MASK]."
        got = self.json("look", MASKS, text, "--fill", "--top", "5")["fill"][0]["candidates"]
        expected = json.loads((MASKS / "calls.json").read_text())[0]
        self.assertEqual(expected["inputs"], text)
        for mine, reference in zip(got, expected["output"], strict=True):
            self.assertEqual(mine["id"], reference["token"])
            self.assertAlmostEqual(mine["probability"], reference["score"], 5)

    def test_next_lens_and_loss_agree(self):
        out = self.json("look", DECODER, TEXT, "--next", "--lens", "--loss")
        top = out["next"][0]["candidates"][0]
        last = out["lens"][0]["layers"][-1]
        self.assertEqual((last["candidates"][0]["id"], last["rank_of_final"]), (top["id"], 1))
        self.assertAlmostEqual(last["probability_of_final"], top["probability"], 6)
        self.assertEqual(len(out["lens"][0]["layers"]), 3)
        losses = out["loss"]["positions"]
        self.assertEqual((len(losses), out["loss"]["passes"]), (len(out["tokens"]) - 1, 1))
        self.assertAlmostEqual(out["loss"]["mean"], sum(one["loss"] for one in losses) / len(losses), 9)
        masked = self.json("look", MASKS, TEXT, "--loss")["loss"]
        self.assertEqual(masked["passes"], len(masked["positions"]))

    def test_interventions_stand_beside_the_untouched_run(self):
        untouched = self.json("look", DECODER, TEXT, "--next")["next"][0]["candidates"]
        changed = self.json("look", DECODER, TEXT, "--ablate", "0.1", "--ablate", "1.0")["changed"]
        self.assertEqual(len(changed["changes"]), 2)
        for one, row in zip(untouched, changed["answers"][0]["candidates"]):
            self.assertEqual((one["id"], one["logit"]), (row["id"], row["logit_before"]))
        self.assertGreater(changed["answers"][0]["divergence"], 0)
        # The same text patched into itself changes nothing.
        same = self.json("look", DECODER, TEXT, "--patch", f"residual:0:last={TEXT}")["changed"]
        self.assertEqual(same["answers"][0]["divergence"], 0)
        n = len(self.json("look", DECODER, TEXT)["tokens"])
        moved = self.json("look", DECODER, TEXT, "--ablate", "0.0")["changed"]["vectors"]
        self.assertEqual(len(moved), n)
        self.assertGreater(max(one["relative"] for one in moved), 0)

    def test_files_hold_the_same_numbers_and_svg_is_well_formed(self):
        saved = self.json("look", DECODER, TEXT, "--npy", "pass", "--attention", "0.1", "--svg", "a.svg")
        name = next(one for one in saved["saved"] if "attention.weights.0" in one)
        head, n = saved["attention"][0]["weights"], len(saved["tokens"])
        self.assertEqual([v for row in head for v in row], list(npy(self.folder / "pass" / name))[n * n:2 * n * n])
        drawn = xml.dom.minidom.parse(str(self.folder / "a.svg"))
        self.assertEqual(len(drawn.getElementsByTagName("rect")), n * n + 1)
        self.shown(BOTH, "<&\"나>", "--target", "a", "--mask", "--attention", "cross:all", "--svg", "b.svg")
        xml.dom.minidom.parse(str(self.folder / "b.svg"))

    def test_a_model_that_sees_is_looked_into_as_well(self):
        images = TASKS / "images"
        out = self.json("look", images, images / "wide.png", "--attention", "0.0")
        head = out["attention"][0]
        self.assertEqual((head["kind"], len(head["weights"])), ("bidirectional", len(out["tokens"])))
        changed = self.json("look", images, images / "wide.png", "--ablate", "0.0")["changed"]
        self.assertGreater(len(changed["answers"][0]["candidates"]), 1)

    def test_two_models_on_one_sentence(self):
        out = self.json("look", "--compare", MASKS, DECODER, "I love you")
        self.assertEqual(len(out["rows"]), 9)
        self.assertEqual((out["decoder"]["attention"]["later"], out["decoder"]["attention"]["most_later"]), (0, 0))
        self.assertGreater(out["encoder"]["attention"]["later"], 0.05)
        self.assertEqual(out["decoder"]["first_by_last"]["relative"], 0)
        self.assertGreater(out["encoder"]["first_by_last"]["relative"], 0)
        self.assertEqual(out["decoder"]["loss"]["passes"], 1)
        korean = self.shown("--compare", MASKS, DECODER, "I love you", LC_ALL="ko_KR.UTF-8")
        for row in ("Attention 범위", "학습 방식", "학습 시 입력", "출력 형태", "강점", "대표 용도", "대표 모델", "정확히 0"):
            self.assertIn(row, korean)
        self.assertIn("no head", self.json("look", "--compare", TASKS / "features", DECODER, "I love you")["rows"][1]["encoder"])

    def test_widths_of_korean_are_right(self):
        shown = self.shown(MASKS, "나는 너를", "--attention", "0.0", COLUMNS="200")
        rows = [line for line in shown.splitlines()[1:] if line]
        wide = {sum(2 if "가" <= c <= "힣" else 1 for c in line) for line in rows}
        self.assertEqual(len(wide), 1, shown)

    def test_errors_say_what_there_is(self):
        self.refuses("look", DECODER, TEXT, "--attention", "7.0", code=2, names=["7", "0", "1"])
        self.refuses("look", DECODER, TEXT, "--ablate", "0.9", code=2, names=["9", "3"])
        self.refuses("look", DECODER, TEXT, "--fill", code=2, names=["--next"])
        self.refuses("look", MASKS, TEXT, "--next", code=2, names=["--fill"])
        self.refuses("look", MASKS, TEXT, "--fill", code=2, names=["[MASK]"])
        self.refuses("look", TASKS / "features", "a", "--loss", code=2)
        self.refuses("look", DECODER, TEXT, "--patch", "residual:0:0=The", code=2, names=["--patch"])
        self.refuses("look", DECODER, TEXT, "--patch", f"nothing:0:0={TEXT}", code=2, names=["nothing", "residual"])
        self.refuses("look", DECODER, TEXT, "--target", "a", code=2)
        self.refuses("look", DECODER, TEXT, "--svg", "a.svg", code=2, names=["--svg"])
        self.refuses("look", "--compare", DECODER, MASKS, TEXT, code=2, names=["--compare"])
        self.refuses("look", DECODER, "word " * 200, names=["96"])

    @needs_smollm2
    def test_the_capital_of_france(self):
        out = self.json("look", SMOLLM2, "The capital of France is", "--next", "--lens")
        self.assertEqual(out["next"][0]["candidates"][0]["text"], "␣Paris")
        ranks = [one["rank_of_final"] for one in out["lens"][0]["layers"]]
        self.assertGreater(ranks[0], 100)
        self.assertEqual(ranks[-1], 1)

    @needs_minilm
    @needs_smollm2
    def test_the_table_of_the_conversation(self):
        out = self.json("look", "--compare", MINILM, SMOLLM2, "I love you")
        self.assertEqual(out["decoder"]["attention"]["most_later"], 0)
        self.assertGreater(out["encoder"]["first_by_last"]["relative"], 0.01)
        self.assertNotIn("loss", out["encoder"])
        shown = self.shown(SMOLLM2, "I love you", "--mask")
        self.assertTrue(re.search(r"love\s+✓\s+✓\s+✗", shown), shown)


if __name__ == "__main__":
    main()
