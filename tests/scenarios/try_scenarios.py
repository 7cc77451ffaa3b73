"""maru try: an experiment on prompts, run whole; the same again gives the same; mistakes in its file are told with their line."""
import json

from scenario import SMOLLM2, Scenario, main, needs_smollm2

GRID = """models: ["%s"]
prompts:
  plain: "{question}"
  terse: {system: "Answer in one word.", user: "{question}"}
  raw: {raw: "Question: {question}\\nAnswer:"}
parameters:
  greedy: {temperature: 0, num_predict: 12}
  warm: {temperature: 1, num_predict: 12}
seeds: 2
questions:
  - {question: "What is the capital of France?", answer: Paris}
  - {question: "수도는 어디인가?"}
"""


class Try(Scenario):
    @needs_smollm2
    def test_a_grid(self):
        grid = self.write("grid.yaml", GRID % SMOLLM2)
        first = self.json("try", grid)
        self.assertEqual((first["tries"], len(first["results"]), len(first["summaries"])), (24, 24, 6))
        greedy = [one for one in first["results"] if one["parameters"] == "greedy" and one["prompt"] == "plain" and one["question"] == 0]
        self.assertEqual({one["score"] for one in greedy}, {1})
        self.assertEqual(len({one["text"] for one in greedy}), 1)
        self.assertNotIn("score", [one for one in first["results"] if one["question"] == 1][0])
        again = self.json("try", grid, "--save", self.folder / "again.jsonl")
        self.assertEqual([one["text"] for one in first["results"]], [one["text"] for one in again["results"]])
        saved = [json.loads(line) for line in (self.folder / "again.jsonl").read_text().splitlines()]
        self.assertEqual(saved, again["results"])
        shown = self.maru("try", grid, "--answers").stdout.decode()
        for word in ("plain", "terse", "warm", "수도는 어디인가?", "✓"):
            self.assertIn(word, shown)

    @needs_smollm2
    def test_the_example_is_an_experiment(self):
        path = self.write("example.yaml", self.maru("try", "--example").stdout.replace(b"[smollm2]", f'["{SMOLLM2}"]'.encode()))
        self.assertEqual(self.json("try", path)["tries"], 36)

    def test_mistakes_name_their_line(self):
        for text, line, word in (("models: [a]\nprompts: {p: \"{nothing}\"}\nquestions: [x]\n", 3, "nothing"), ("models: [a]\nprompt: x\n", 2, "prompt"),
                                 ("models: [a]\nprompts: {p: {robot: x}}\nquestions: [x]\n", 2, "robot"), ("models: [a]\nprompts: {p: x}\nquestions: [x]\nseeds: 0\n", 4, "seeds"),
                                 ("- 1\n", 1, "models")):
            path = self.write("bad.yaml", text)
            self.refuses("try", path, says=[f"bad.yaml:{line}: "], names=[word])
        self.refuses("try", code=2)
        self.refuses("try", "nowhere.yaml")


main()
