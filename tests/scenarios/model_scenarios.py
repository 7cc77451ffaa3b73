"""What tokenize, embed and run give: held to the reference outputs in tests/golden, and to the documented JSON."""
import json
import pathlib

from scenario import MINILM, SMOLLM2, Scenario, main, needs_minilm, needs_smollm2
from tiny_models import LIST, TEXT, Llama

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
# Bytes that SmolLM2's vocabulary cannot spell. The first six are characters by themselves, 0xF1 and 0xF2 begin some; the others stand in
# no text.
NO_TOKEN = [0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xC0, 0xC1, 0xF1, 0xF2, *range(0xF5, 0x100)]


def lines(name):
    return [json.loads(line) for line in (GOLDEN / name).read_text().splitlines()]


class Tokens(Scenario):
    def tokenized(self, model, texts, *more):
        return self.json("tokenize", model, "--stdin-json", *more, stdin=json.dumps(texts))

    @needs_minilm
    @needs_smollm2
    def test_ids_equal_the_reference_for_every_text(self):
        golden = lines("tokenizers.jsonl")
        texts = [line["text"] for line in golden]
        self.assertEqual(len(golden), 800)
        for model, key in ((MINILM, "bert"), (SMOLLM2, "smollm2")):
            for line, out in zip(golden, self.tokenized(model, texts), strict=True):
                self.assertEqual(out["ids"], line[key], line["text"])
                self.assertEqual((len(out["tokens"]), len(out["offsets"])), (len(out["ids"]),) * 2)

    @needs_minilm
    @needs_smollm2
    def test_special_tokens_are_read_where_that_is_asked_for(self):
        golden = lines("special_tokens.jsonl")
        for name, model in (("minilm", MINILM), ("smollm2", SMOLLM2)):
            mine = [line for line in golden if line["model"] == name]
            self.assertGreater(len(mine), 20)
            for line, out in zip(mine, self.tokenized(model, [line["text"] for line in mine], "--parse-special"), strict=True):
                ids, most = out["ids"], line.get("most", 10**9)
                self.assertEqual(ids if len(ids) <= most else ids[:most - 1] + ids[-1:], line["ids"], line["text"])

    @needs_smollm2
    def test_bytes_without_a_token_are_counted_and_no_others(self):
        golden = lines("tokenizers.jsonl")
        for line, out in zip(golden, self.tokenized(SMOLLM2, [line["text"] for line in golden]), strict=True):
            self.assertEqual("dropped_bytes" not in out, line["smollm2_roundtrip"], line["text"])
        self.assertEqual(len(NO_TOKEN), 21)
        # Every byte that UTF-8 has, each in a character: those below 0x80, every lead, every continuation.
        characters = [chr(c) for c in range(0x80)] + [chr(0x80 + i) for i in range(0x780)]
        characters += map(chr, (0x800, *range(0x1000, 0xD000, 0x1000), 0xD000, 0xE000, 0xF000, 0x10000, 0x40000, 0x80000, 0xC0000, 0x100000))
        seen = set().union(*(c.encode() for c in characters))
        self.assertEqual(seen, set(range(256)) - {0xC0, 0xC1, *range(0xF5, 0x100)})
        for character, out in zip(characters, self.tokenized(SMOLLM2, characters), strict=True):
            self.assertEqual(out.get("dropped_bytes", 0), sum(byte in NO_TOKEN for byte in character.encode()), character.encode())
        told = self.maru("tokenize", SMOLLM2, "--stdin-json", stdin=json.dumps(["a\x04b\x06", "plain", "\x1d"]))
        self.assertIn("3 bytes dropped from 2 texts", told.stderr.decode())
        self.assertIn("1 byte dropped from the prompt", self.maru("run", SMOLLM2, "hi \x04", "--max-tokens", "1").stderr.decode())

    @needs_minilm
    def test_the_json_is_as_documented_and_nothing_is_cut(self):
        one = self.json("tokenize", MINILM, "Hello [a,b]")
        self.assertEqual(one["tokens"], ["[CLS]", "hello", "[", "a", ",", "b", "]", "[SEP]"])
        self.assertEqual(one["offsets"][1], [0, 5])
        self.assertEqual(self.json("tokenize", MINILM, "Hello", "--no-special")["tokens"], ["hello"])
        self.assertEqual([len(entry["ids"]) for entry in self.tokenized(MINILM, ["Hello", "word"])], [3, 3])
        self.assertEqual(len(self.json("tokenize", MINILM, "word " * 400)["ids"]), 402)
        self.assertEqual(self.tokenized(MINILM, []), [])
        self.assertEqual(self.json("tokenize", MINILM, "")["tokens"], ["[CLS]", "[SEP]"])

    @needs_minilm
    def test_texts_from_standard_input_must_be_an_array_of_texts(self):
        for stdin, words in (("{}", ["array"]), ("[1]", ["element 0"]), ('["a", null]', ["element 1"]), ("[", ["JSON"]), ("", ["JSON"]),
                             ('["a"] x', ["JSON"]), ("[" * 1000, ["nested"]), (b'["\xff"]', ["JSON"]), ('["\\ud800"]', ["JSON"])):
            with self.subTest(stdin):
                self.refuses("tokenize", MINILM, "--stdin-json", stdin=stdin, says=["standard input", *words])
                self.fails(1, "embed", MINILM, "--stdin-json", stdin=stdin, says=["standard input", *words])
        for command in ("tokenize", "embed"):
            self.refuses(command, MINILM, code=2, says=["TEXT", "--stdin-json"])
            self.refuses(command, MINILM, "a text", "--stdin-json", code=2)


class Vectors(Scenario):
    @needs_minilm
    def test_embeddings_equal_the_reference_with_their_counts(self):
        items = json.loads((GOLDEN / "minilm.json").read_text())["items"]
        texts = [item["text"] for item in items]
        out = self.json("embed", MINILM, "--stdin-json", stdin=json.dumps(texts))
        self.assertEqual((len(items), out["dimensions"], out["model"]), (51, 384, MINILM))
        totals = [len(entry["ids"]) for entry in self.json("tokenize", MINILM, "--stdin-json", "--parse-special", stdin=json.dumps(texts))]
        for item, vector, used, cut, total in zip(items, out["embeddings"], out["tokens"], out["truncated"], totals, strict=True):
            self.assertLess(max(abs(a - b) for a, b in zip(vector, item["embedding"], strict=True)), 1e-5, item["text"])
            self.assertEqual((used, used + cut), (len(item["input_ids"]), total), item["text"])
        self.assertGreater(max(out["truncated"]), 0)
        for number in (0, 7, 23, 50):
            alone = self.json("embed", MINILM, "--stdin-json", stdin=json.dumps([texts[number]]))["embeddings"][0]
            self.assertLess(max(abs(a - b) for a, b in zip(alone, out["embeddings"][number], strict=True)), 1e-6)

    @needs_minilm
    def test_texts_may_hold_anything_and_a_cut_is_told(self):
        given = ["a cat", "line\nbreak and \u0000 nothing", "word " * 400, ""]
        out = self.json("embed", MINILM, "--stdin-json", stdin=json.dumps(given))
        self.assertEqual([len(vector) for vector in out["embeddings"]], [384] * 4)
        self.assertEqual((out["tokens"][2], out["truncated"]), (256, [0, 0, 146, 0]))
        self.assertEqual(self.json("embed", MINILM, "--stdin-json", stdin="[]")["embeddings"], [])
        plain = self.maru("embed", MINILM, "word " * 400)
        self.assertEqual(len(plain.stdout.decode().split()), 384)
        self.assertIn("256 of 402 tokens", plain.stderr.decode())
        self.assertIn("402", self.maru("embed", MINILM, "word " * 400, "--lang", "ko").stderr.decode())

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


class Answers(Scenario):
    def run_json(self, *arguments, **more):
        return self.json("run", SMOLLM2, *arguments, "--max-tokens", "12", **more)

    @needs_smollm2
    def test_a_prompt_comes_from_arguments_or_from_standard_input(self):
        first = self.run_json("Name a river.", "--temp", "0")
        self.assertTrue(first["text"])
        self.assertLessEqual(first["tokens"], 12)
        self.assertEqual(len(first["ids"]), first["tokens"])
        self.assertIn(first["finish"], ("stop", "length"))
        self.assertEqual(self.run_json("--temp", "0", stdin="Name a river.\n")["text"], first["text"])
        self.assertEqual(self.run_json("Name", "a", "river.", "--temp", "0")["text"], first["text"])
        plain = self.maru("run", SMOLLM2, "Name a river.", "--temp", "0", "--max-tokens", "12")
        self.assertEqual(plain.stdout.decode().rstrip("\n"), first["text"].rstrip("\n"))
        spoken = self.maru("run", SMOLLM2, "Name a river.", "--temp", "0", "--max-tokens", "12", "--verbose")
        self.assertRegex(spoken.stderr.decode(), r"prompt \d+ tokens in .* answer \d+ tokens in")

    @needs_smollm2
    def test_the_same_seed_gives_the_same_answer(self):
        hot = ["Tell me a tale.", "--temp", "1.5", "--top-k", "0", "--top-p", "1"]
        answers = [self.run_json(*hot, "--seed", seed)["text"] for seed in (1, 1, 2, 3)]
        self.assertEqual(answers[0], answers[1])
        self.assertGreater(len(set(answers)), 1)
        cold = {self.run_json("Tell me a tale.", "--temp", "0", "--seed", seed)["text"] for seed in (1, 2)}
        self.assertEqual(len(cold), 1)

    @needs_smollm2
    def test_an_answer_ends_at_a_stop_text_or_at_its_limit(self):
        raw = ["One, two, three, four,", "--raw", "--temp", "0"]
        whole = self.run_json(*raw)
        self.assertEqual(whole["finish"], "length")
        word = whole["text"].split()[1].strip(",.")
        cut = self.run_json(*raw, "--stop", "no such text", "--stop", word)
        self.assertEqual((cut["finish"], cut["text"]), ("stop_string", whole["text"][:whole["text"].index(word)]))
        self.assertEqual(self.json("run", SMOLLM2, *raw, "--max-tokens", "1")["tokens"], 1)
        self.assertIn("--max-tokens", self.maru("run", SMOLLM2, *raw, "--max-tokens", "2").stderr.decode())

    @needs_smollm2
    def test_raw_text_is_continued_and_a_chat_is_not(self):
        given = ["The capital of France is", "--temp", "0"]
        raw, chat = self.run_json(*given, "--raw"), self.run_json(*given)
        self.assertTrue(raw["text"].startswith(" Paris"))
        self.assertGreater(chat["prompt_tokens"], raw["prompt_tokens"])
        self.assertEqual(raw["prompt_tokens"], 5)
        systems = {self.run_json("Who are you?", "--system", text)["prompt_tokens"] for text in ("", "You are a pirate who says arr.")}
        self.assertEqual(len(systems), 2)

    @needs_smollm2
    def test_what_does_not_fit_or_is_empty_is_refused(self):
        self.refuses("run", SMOLLM2, "word " * 20_000, "--max-tokens", "8", says=["8192"])
        self.refuses("run", SMOLLM2, "hi", "--max-tokens", "9000", says=["8192", "9000"])
        for prompt in ("", "  ", "\n"):
            self.refuses("run", SMOLLM2, prompt, code=2, says=["PROMPT"])
        self.refuses("run", SMOLLM2, "", "--raw", code=2)
        self.refuses("run", SMOLLM2, stdin="", code=2, says=["standard input"])
        self.refuses("run", SMOLLM2, stdin="\n", code=2)
        self.refuses("run", SMOLLM2, stdin=b"a\xff", says=["UTF-8"])
        self.refuses("run", SMOLLM2, "hi", "--stop", "", code=2, says=["--stop"])
        for option, value in (("--max-tokens", "0"), ("--max-tokens", "1e9"), ("--seed", "-1"), ("--temp", "nan"), ("--temp", "-1"),
                              ("--top-p", "2"), ("--min-p", "x"), ("--top-k", "1.5"), ("--repeat-penalty", "0")):
            self.refuses("run", SMOLLM2, "hi", option, value, code=2, names=[option, value])

    def test_a_prompt_that_leaves_little_room_says_how_much(self):
        tiny = self.write("tiny.gguf", Llama().bytes())
        done = self.maru("run", tiny, "x" * 100, "--temp", "0")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr.decode(), r"leaves room for \d+ tokens")
        self.refuses("run", tiny, "x" * 300, says=["256"])

    def test_the_spelling_of_a_special_token_in_a_prompt_stays_letters(self):
        tiny = self.write("tiny.gguf", Llama().bytes())
        plain = self.json("run", tiny, "x" * len("<|im_end|>"), "--max-tokens", "1")["prompt_tokens"]
        self.assertEqual(self.json("run", tiny, "<|im_end|>", "--max-tokens", "1")["prompt_tokens"], plain)
        ids = self.json("tokenize", tiny, "<|im_end|>")["ids"]
        self.assertEqual((len(ids), len(self.json("tokenize", tiny, "<|im_end|>", "--parse-special")["ids"])), (10, 1))

    def test_a_vocabulary_of_more_or_fewer_tokens_is_read_as_it_is(self):
        model = Llama()
        tokens = model.tokens[:-1] + ["x y"]
        model.with_keys(tokenizer__ggml__tokens=(LIST, (TEXT, tokens)), tokenizer__ggml__merges=(LIST, (TEXT, [])))
        self.assertEqual(self.json("tokenize", self.write("tiny.gguf", model.bytes()), "he")["tokens"], ["h", "e"])


if __name__ == "__main__":
    main()
