"""What embed, tokenize and run give."""
import json

from scenario import MINILM, SMOLLM2, Scenario, main, needs_minilm, needs_smollm2


class Models(Scenario):
    @needs_minilm
    def test_embed_gives_the_documented_json(self):
        given = ["a cat", "line\nbreak and \u0000 nothing", "word " * 400]
        out = self.json("embed", MINILM, "--stdin-json", stdin=json.dumps(given))
        self.assertEqual(out["dimensions"], 384)
        self.assertEqual([len(vector) for vector in out["embeddings"]], [384] * 3)
        self.assertEqual((out["tokens"][2], out["truncated"][:2]), (256, [0, 0]))
        self.assertEqual(out["tokens"][2] + out["truncated"][2], 402)
        alone = self.json("embed", MINILM, "a cat")["embeddings"][0]
        self.assertLess(max(abs(x - y) for x, y in zip(alone, out["embeddings"][0])), 1e-6)
        self.assertEqual(self.json("embed", MINILM, "--stdin-json", stdin="[]")["embeddings"], [])
        self.fails(1, "embed", MINILM, "--stdin-json", stdin="{}", says=["array"])
        self.fails(1, "embed", MINILM, "--stdin-json", stdin="[1]", says=["element 0"])
        self.fails(1, "embed", MINILM, "--stdin-json", stdin="[", says=["standard input"])

    @needs_minilm
    def test_tokenize_gives_the_documented_json(self):
        one = self.json("tokenize", MINILM, "Hello [a,b]")
        self.assertEqual(one["tokens"], ["[CLS]", "hello", "[", "a", ",", "b", "]", "[SEP]"])
        self.assertEqual(one["offsets"][1], [0, 5])
        bare = self.json("tokenize", MINILM, "Hello", "--no-special")
        self.assertEqual(bare["tokens"], ["hello"])
        many = self.json("tokenize", MINILM, "--stdin-json", stdin='["Hello","word"]')
        self.assertEqual([len(entry["ids"]) for entry in many], [3, 3])
        self.assertEqual(len(self.json("tokenize", MINILM, "word " * 400)["ids"]), 402)

    @needs_minilm
    def test_meaning_is_searched_and_unchanged_files_are_not_embedded_again(self):
        self.write("docs/a.txt", "The physician examined the sick child at the clinic.")
        self.write("docs/b.txt", "Granite bridges need few repairs.")
        first = self.json("index", "c", self.folder / "docs", "--embedder", MINILM)
        self.assertEqual(first["embedded"], 2)
        self.assertEqual(self.json("index", "c", self.folder / "docs")["embedded"], 0)
        results = self.json("search", "c", "doctor in a hospital")["results"]
        self.assertTrue(results[0]["path"].endswith("a.txt"))
        self.assertIn("score", results[0])

    @needs_smollm2
    def test_run_answers_once_from_arguments_and_from_standard_input(self):
        first = self.json("run", SMOLLM2, "Name a river.", "--temp", "0", "--max-tokens", "8")
        self.assertTrue(first["text"])
        self.assertLessEqual(first["tokens"], 8)
        piped = self.json("run", SMOLLM2, "--temp", "0", "--max-tokens", "8", stdin="Name a river.\n")
        self.assertEqual(first["text"], piped["text"])
        plain = self.maru("run", SMOLLM2, "Name a river.", "--temp", "0", "--max-tokens", "8")
        self.assertEqual(plain.stdout.decode().rstrip("\n"), first["text"].rstrip("\n"))
        self.fails(1, "run", SMOLLM2, "word " * 20_000, "--max-tokens", "8", says=["8192"])


if __name__ == "__main__":
    main()
