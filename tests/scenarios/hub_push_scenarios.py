"""maru hub search, maru hub show and maru push against the fake hub; what was pushed is read back by maru pull, and by the hub's own client
where that is installed."""
import pathlib
import shutil
import subprocess
import sys

from scenario import Scenario, main

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fakes"))
from fake_hub import FakeHub  # noqa: E402

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
BERT = GOLDEN / "models" / "bert_masked_lm"
OLD = GOLDEN / "torch" / "bert_masked_lm"
CARD = b"---\nlicense: mit\nlanguage: ko\n---\n# Little BERT\n\nReads *two* layers.\n\n- small\n- [old](https://example.org)\n"


class Hub(Scenario):
    def setUp(self):
        super().setUp()
        self.hub = FakeHub()
        self.addCleanup(self.hub.close)
        self.hub.tokens = {"hf_write": {"name": "me", "write": True}, "hf_read": {"name": "me", "write": False}}
        self.environment.update(HF_ENDPOINT=self.hub.url, HF_HOME=str(self.folder / "hf"))
        for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "MARU_OFFLINE", "HTTP_PROXY", "http_proxy"):
            self.environment.pop(name, None)

    def with_bert(self, name="org/little-bert", **about):
        files = {path.name: path.read_bytes() for path in OLD.iterdir()} | {"README.md": CARD}
        return self.hub.model(name, files, **about)


class Search(Hub):
    def setUp(self):
        super().setUp()
        self.with_bert("org/little-bert", downloads=7, tags=["ko", "license:mit", "fill-mask"], pipeline_tag="fill-mask")
        self.with_bert("org/big-bert", downloads=90, tags=["en", "license:apache-2.0", "fill-mask"], pipeline_tag="fill-mask", gated="manual")
        self.with_bert("org/other", downloads=9)
        self.hub.dataset("org/bert-data", {"a.jsonl": b"{}\n"}, tags=["language:ko"])

    def test_the_most_downloaded_come_first(self):
        found = self.json("hub", "search", "bert")["found"]
        self.assertEqual([one["id"] for one in found], ["org/big-bert", "org/little-bert"])
        self.assertEqual((found[1]["task"], found[1]["licence"], found[1]["languages"]), ("fill-mask", "mit", ["ko"]))
        self.assertTrue(found[0]["gated"])

    def test_task_language_and_licence_narrow_it(self):
        self.assertEqual([one["id"] for one in self.json("hub", "search", "bert", "--language", "ko")["found"]], ["org/little-bert"])
        self.assertEqual([one["id"] for one in self.json("hub", "search", "bert", "--licence", "apache-2.0")["found"]], ["org/big-bert"])
        self.assertEqual(self.json("hub", "search", "bert", "--task", "translation")["found"], [])

    def test_a_limit_says_that_there_is_more(self):
        done = self.json("hub", "search", "bert", "--limit", "1")
        self.assertEqual((len(done["found"]), done["more"]), (1, True))
        self.assertIn("more than these 1", self.maru("hub", "search", "bert", "--limit", "1").stderr.decode())

    def test_data_sets_are_looked_for_apart(self):
        self.assertEqual([one["id"] for one in self.json("hub", "search", "bert", "--data", "--language", "ko")["found"]], ["org/bert-data"])

    def test_people_get_a_table(self):
        out = self.maru("hub", "search", "bert").stdout.decode()
        self.assertRegex(out, r"DOWNLOADS.*NAME")
        self.assertRegex(out, r"90.*org/big-bert \(gated\)")


class Show(Hub):
    def test_a_model_before_it_is_pulled(self):
        self.with_bert(downloads=7, tags=["license:mit"])
        done = self.json("hub", "show", "org/little-bert")
        self.assertEqual(done["licence"], "mit")
        self.assertEqual({one["name"] for one in done["files"]}, {"config.json", "pytorch_model.bin", "README.md"})
        self.assertIn("pytorch_model.bin", [one["name"] for one in done["pull"]["files"]])
        self.assertTrue(done["card"].startswith("# Little BERT"))
        out = self.maru("hub", "show", "org/little-bert").stdout.decode()
        self.assertIn("Reads two layers.", out)
        self.assertNotIn("license: mit", out)

    def test_what_cannot_be_pulled_says_why(self):
        self.hub.model("org/empty", {"README.md": CARD, "\x1b[31m.txt": b"x"})
        done = self.maru("hub", "show", "org/empty")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("a pull would fail: ", done.stderr.decode())
        self.assertNotIn("\x1b", done.stdout.decode() + done.stderr.decode())

    def test_an_unknown_name_is_refused(self):
        self.refuses("hub", "show", "org/none", says=["hf:org/none"], within=10)
        self.refuses("hub", "show", "a", "b", code=2, says=["one name"])


class Push(Hub):
    def setUp(self):
        super().setUp()
        self.model = self.folder / "mine"
        shutil.copytree(BERT, self.model)
        (self.model / "golden.safetensors").unlink()
        self.environment["HF_TOKEN"] = "hf_write"

    def push(self, *more, to="hf:me/mine", **environment):
        return self.json("push", self.model, to, "--create", *more, **environment)

    def files(self, name="me/mine"):
        return self.hub.repositories["model", name].files()

    def test_what_was_pushed_is_pulled_equal(self):
        done = self.push("--licence", "mit", "--base-model", "org/base")
        self.assertEqual((done["uploaded"], done["made_card"], self.hub.violations), (1, True, []))
        self.assertEqual(set(self.files()), {".gitattributes", "config.json", "model.safetensors", "README.md"})
        self.assertIn(b"license: mit\nbase_model: org/base\n", self.files()["README.md"].content)
        pulled = self.json("pull", "hf:me/mine")
        self.assertEqual(pulled["licence"], "")
        view = pathlib.Path(self.json("show", "mine")["path"])
        for name in ("config.json", "model.safetensors"):
            self.assertEqual((view / name).read_bytes(), (self.model / name).read_bytes())

    def test_the_second_time_nothing_is_sent(self):
        self.push()
        self.hub.forget()
        done = self.push()
        self.assertEqual((done["commit"], done["uploaded"], done["unchanged"]), ("", 0, 3))
        self.assertNotIn("PUT", [one.method for one in self.hub.requests()])

    def test_only_what_changed_is_sent(self):
        self.push()
        (self.model / "config.json").write_text((self.model / "config.json").read_text() + "\n")
        done = self.push()
        self.assertEqual((done["uploaded"], done["unchanged"]), (0, 2))
        self.assertEqual(self.files()["config.json"].content, (self.model / "config.json").read_bytes())

    def test_an_upload_that_was_cut_off_is_not_sent_twice(self):
        self.hub.faults.add("status", path="/verify", code=400)
        self.fails(1, "push", self.model, "hf:me/mine", "--create", says=["status 400"])
        self.hub.faults.clear()
        done = self.push()
        self.assertEqual((done["uploaded"], done["already_there"]), (0, 1))

    def test_large_files_go_in_parts_where_the_hub_asks_for_them(self):
        self.hub.part_from = 10_000
        self.push()
        self.assertEqual(self.hub.violations, [])
        self.assertGreater(len([one for one in self.hub.requests() if one.method == "PUT"]), 2)
        self.assertEqual(self.files()["model.safetensors"].content, (self.model / "model.safetensors").read_bytes())

    def test_secrets_and_hidden_files_stay_here(self):
        (self.model / ".env").write_text("KEY=1")
        (self.model / ".git").mkdir()
        (self.model / ".git" / "config").write_text("x")
        (self.model / "token").write_text("x")
        (self.model / "tokenizer.json").write_text("{}")
        done = self.push()
        self.assertEqual(len(done["left_out"]), 3)
        self.assertIn("tokenizer.json", self.files())
        self.assertFalse({".env", ".git/config", "token"} & set(self.files()))
        (self.model / "notes.txt").write_text("hf_" + "a" * 34)
        self.refuses("push", self.model, "hf:me/mine", says=["notes.txt", "token of the hub"], within=10)

    def test_a_dry_run_asks_nobody(self):
        done = self.push("--dry-run")
        self.assertEqual({one["name"] for one in done["files"]}, {"config.json", "model.safetensors", "README.md"})
        self.assertEqual(self.hub.requests(), [])

    def test_who_may_not_write_is_told_what_to_do(self):
        self.refuses("push", self.model, "hf:me/mine", code=2, says=["HF_TOKEN", "write access"], HF_TOKEN="", within=10)
        self.hub.model("me/mine", {})
        self.fails(1, "push", self.model, "hf:me/mine", says=["write access"], HF_TOKEN="hf_read")
        self.fails(1, "push", self.model, "hf:me/none", says=["no such repository"])

    def test_the_hubs_own_client_reads_it_back(self):
        self.push()
        code = ("import sys\ntry:\n import huggingface_hub as hub\nexcept ImportError:\n sys.exit(9)\n"
                "print(hub.snapshot_download('me/mine', cache_dir=sys.argv[1]))")
        done = subprocess.run([sys.executable, "-c", code, str(self.folder / "cache")], capture_output=True, env=self.environment, timeout=60)
        if done.returncode == 9:
            self.skipTest("huggingface_hub is not installed")
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = pathlib.Path(done.stdout.decode().strip())
        self.assertEqual((folder / "model.safetensors").read_bytes(), (self.model / "model.safetensors").read_bytes())


class Torch(Hub):
    def test_a_repository_of_2018_is_pulled_opened_and_converted(self):
        self.with_bert()
        self.assertTrue(self.json("pull", "hf:org/little-bert", "--name", "little")["files"])
        self.assertEqual(len(self.json("show", "little")["tensors"]), len(self.json("show", BERT)["tensors"]) + 1)
        done = self.json("convert", "little", self.folder / "new")
        self.assertEqual(done["format"], "safetensors")
        self.assertTrue((self.folder / "new" / "config.json").is_file())
        before = {one["name"]: one for one in self.json("show", "little")["tensors"]}
        self.assertEqual({one["name"]: one for one in self.json("show", self.folder / "new")["tensors"]}, before)

    def test_a_file_that_would_run_code_is_refused(self):
        shutil.copytree(OLD, self.folder / "evil")
        shutil.copy(GOLDEN / "torch" / "whole_module.zip.pt", self.folder / "evil" / "pytorch_model.bin")
        self.refuses("show", self.folder / "evil", says=["would run code"], names=["torch.nn.modules.linear.Linear"])


if __name__ == "__main__":
    main()
