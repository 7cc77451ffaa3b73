"""maru data on small files: shown, cut, shuffled and written anew, and what it says where it cannot."""
import json
import unittest

import scenario

ROWS = [{"text": f"글 {i}", "label": i % 3} for i in range(30)]


class Data(scenario.Scenario):
    def setUp(self):
        super().setUp()
        self.write("set/train.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS))
        self.write("set/test.jsonl", json.dumps(ROWS[0]) + "\n")

    def test_show_tells_schema_rows_and_balance(self):
        shown = self.json("data", "show", "set")
        self.assertEqual([(split["name"], split["rows"]) for split in shown["splits"]], [("train", 30), ("test", 1)])
        text, label = shown["splits"][0]["columns"]
        self.assertEqual((text["type"], label["type"]), ("text", "integer"))
        self.assertEqual(label["classes"], {"0": 10, "1": 10, "2": 10})
        self.assertEqual((text["lengths"]["shortest"], text["lengths"]["longest"]), (3, 4))
        self.assertEqual(shown["examples"], ROWS[:5])

    def test_show_on_a_terminal_reads_in_both_languages(self):
        english = self.maru("data", "show", "set").stdout.decode()
        for word in ("train", "30 rows", "COLUMN", "label", "33.3%", "█"):
            self.assertIn(word, english)
        self.assertRegex(self.maru("data", "show", "set", LC_ALL="ko_KR.UTF-8").stdout.decode(), "행 30개")

    def test_head_selects_splits_and_columns(self):
        head = self.json("data", "head", "set", "--split", "train[-2:]", "--columns", "label")
        self.assertEqual(head["rows"], [{"label": 1}, {"label": 2}])

    def test_export_is_read_back(self):
        for name in ("out.csv", "out.tsv", "out.jsonl"):
            self.assertEqual(self.json("data", "export", "set", name, "--split", "train")["rows"], 30)
            self.assertEqual(self.json("data", "head", name, "--rows", 100)["rows"], ROWS)

    def test_shuffles_keep_every_row_and_follow_the_seed(self):
        def texts(*more):
            return [row["text"] for row in self.json("data", "head", "set", "--split", "train", "--rows", 30, *more)["rows"]]
        plain, first, again, other = texts(), texts("--shuffle", 1), texts("--shuffle", 1), texts("--shuffle", 2)
        self.assertEqual(first, again)
        self.assertNotIn(first, (plain, other))
        self.assertEqual(sorted(first), sorted(plain))
        self.assertEqual(sorted(texts("--shuffle", 1, "--buffer", 8)), sorted(plain))

    def test_rows_by_value_and_by_shard(self):
        def rows(*more):
            return self.json("data", "head", "set", "--split", "train", "--rows", 30, *more)["rows"]
        everything = rows()
        value = everything[3]["label"]
        self.assertEqual(rows("--where", f"label={value}"), [row for row in everything if row["label"] == value])
        self.assertEqual(rows("--where", f"text={everything[3]['text']}", "--where", f"label={value}"),
                         [row for row in everything if row == everything[3]])
        self.assertEqual(rows("--where", "label=none of them"), [])
        shards = [rows("--shard", f"{i}/4") for i in range(4)]
        self.assertEqual(shards[1], everything[1::4])
        self.assertEqual(sum(map(len, shards)), len(everything))
        for wrong in ("4/4", "1", "1/", "/4", "a/4", "1/4x"):
            self.refuses("data", "head", "set", "--split", "train", "--shard", wrong, code=2, names=[wrong])
        self.refuses("data", "head", "set", "--split", "train", "--where", "label", code=2)
        self.refuses("data", "head", "set", "--split", "train", "--where", "nothing=1", code=2, names=["nothing"])
        self.refuses("data", "show", "set", "--where", "label=1", code=2)

    def test_bad_rows_stop_or_are_counted(self):
        self.write("bad.jsonl", "{\"a\":1}\n{\"a\":\n{\"a\":2}\n")
        self.refuses("data", "show", "bad.jsonl", says=["bad.jsonl:2: is not valid JSON at byte 6"])
        self.assertEqual(self.json("data", "show", "bad.jsonl", "--skip-bad")["splits"][0]["bad_rows"], 1)
        self.refuses("data", "head", "set", code=2, says=["has several splits; say which: train, test"])
        self.refuses("data", "show", "none.csv", says=["none.csv: no such file or folder"])
        self.write("korean.csv", "이름,값\n가,1\n".encode("cp949"))
        self.refuses("data", "show", "korean.csv", says=["--encoding cp949"])
        self.assertEqual(self.json("data", "head", "korean.csv", "--encoding", "cp949")["rows"], [{"이름": "가", "값": 1}])

    def test_list_names_the_formats(self):
        names = {one["name"] for one in self.json("data", "list")["formats"]}
        self.assertLessEqual({"text", "jsonl", "csv", "conll", "squad", "json"}, names)


if __name__ == "__main__":
    scenario.main()
