"""What a person finds before and beside a pull: a look at the hub, models of other programs on this machine, data sets by name."""
import json
import pathlib

from hub_scenario import HubScenario, sha256
from scenario import main
from tiny_models import Bert, torch_file

from fake_registry import FakeRegistry

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"


class Looks(HubScenario):
    def test_a_look_at_a_model_brings_none_of_its_bytes(self):
        store, (files, left) = self.home(), self.bert()
        store.hub.model("org/tiny", {**files, **left})
        shown = store.json("hub", "show", "org/tiny")
        self.assertEqual({file["name"] for file in shown["pull"]["files"]}, set(files))
        self.assertEqual(shown["pull"]["bytes"], sum(map(len, files.values())))
        self.assertEqual(shown["commit"], store.hub.repositories["model", "org/tiny"].sha("main"))
        self.assertEqual(store.hub.served("model.safetensors"), 0)
        store.is_empty()

    def test_a_closed_one_says_what_to_do(self):
        store, (files, _) = self.home(), self.bert()
        store.hub.model("org/closed", files, gated="manual")
        self.assertIn("accept", store.json("hub", "show", "org/closed")["problem"])

    def test_without_a_network_there_is_nothing_to_look_at(self):
        store = self.home()
        store.refuses("hub", "search", "tiny", "--offline", names=["--offline"])
        store.refuses("hub", "show", "org/tiny", MARU_OFFLINE="1", names=["MARU_OFFLINE"])
        store.refuses("hub", "show", "ollama:tiny", code=2)
        self.assertEqual(store.hub.requests(), [])


class Weights(HubScenario):
    def test_a_repository_of_old_holds_only_a_torch_file(self):
        store, (files, _) = self.home(), self.bert()
        store.hub.model("org/new", files)
        old = {name: content for name, content in files.items() if name != "model.safetensors"}
        store.hub.model("org/old", {**old, "pytorch_model.bin": torch_file(*Bert().entries())})
        self.assertTrue(store.json("pull", "hf:org/new")["usable"])
        pulled = store.json("pull", "hf:org/old")
        self.assertTrue(pulled["usable"], pulled)
        self.assertIn("pytorch_model.bin", {file["name"] for file in pulled["files"]})
        vectors = [store.json("embed", name, "cat", "a dog")["embeddings"] for name in ("new", "old")]
        self.assertEqual(vectors[0], vectors[1])
        self.assertNotEqual(vectors[0][0], vectors[0][1])


class Elsewhere(HubScenario):
    def setUp(self):
        super().setUp()
        self.store = self.home()

    def listed(self, **where):
        return {one["reference"]: one for one in self.store.json("list", "--elsewhere", **where)["elsewhere"]}

    def ollama_store(self, weights):
        """As the program itself lays it out."""
        with FakeRegistry() as registry:
            manifest = registry.model("library/tiny", {"model": weights, "template": b"{{ .Prompt }}"})
            folder = self.folder / "ollama"
            path = folder / "manifests/registry.ollama.ai/library/tiny/latest"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(manifest))
            (folder / "blobs").mkdir()
            for digest, content in registry.blobs.items():
                (folder / "blobs" / digest.replace(":", "-")).write_bytes(content)
        return folder

    def test_a_model_of_ollama_runs_where_it_lies(self):
        weights = self.gguf()
        where = {"OLLAMA_MODELS": str(self.ollama_store(weights)), "MARU_OFFLINE": "1"}
        listed = self.listed(**where)
        self.assertTrue(any("tiny" in one for one in listed), listed)
        model = self.store.json("pull", "ollama:tiny", **where)
        self.store.holds(model, {file["name"]: pathlib.Path(file["place"]).read_bytes() for file in model["files"]})
        self.assertIn(weights, [pathlib.Path(file["place"]).read_bytes() for file in model["files"]])
        self.assertEqual(self.store.blobs(), [])
        self.assertIsNotNone(self.store.json("run", "tiny", "x", "--max-tokens", "1", **where)["tokens"])
        before = sorted(path.read_bytes() for path in (self.folder / "ollama").rglob("*") if path.is_file())
        self.store.json("rm", "tiny")
        self.store.json("prune")
        self.assertEqual(before, sorted(path.read_bytes() for path in (self.folder / "ollama").rglob("*") if path.is_file()))

    def test_nothing_elsewhere_is_said(self):
        self.assertEqual(self.listed(OLLAMA_MODELS=str(self.folder / "none"), HF_HUB_CACHE=str(self.folder / "none")), {})

    def test_a_hugging_face_cache_is_listed(self):
        files, _ = self.bert()
        root, commit = self.folder / "cache/models--org--tiny", "b" * 40
        for name, content in files.items():
            (root / "blobs").mkdir(parents=True, exist_ok=True)
            (root / "blobs" / sha256(content)).write_bytes(content)
            (root / "snapshots" / commit).mkdir(parents=True, exist_ok=True)
            (root / "snapshots" / commit / name).symlink_to(f"../../blobs/{sha256(content)}")
        (root / "refs").mkdir()
        (root / "refs/main").write_text(commit)
        listed = self.listed(HF_HUB_CACHE=str(self.folder / "cache"))
        self.assertEqual(set(listed), {"hf:org/tiny"})
        self.assertGreaterEqual(listed["hf:org/tiny"]["bytes"], len(files["model.safetensors"]))


class DataSets(HubScenario):
    def setUp(self):
        super().setUp()
        self.store = self.home()

    def test_a_csv_of_the_hub_is_shown_by_reference_and_by_a_name_of_ones_own(self):
        self.store.hub.dataset("org/reviews", {"train.csv": "text,label\n좋아요,1\n별로,0\n최고,1\n".encode(),
                                               "test.csv": "text,label\n음,0\n".encode(), "README.md": b"# Reviews", "reviews.py": b"raise SystemExit"})
        self.write("home/catalogue.yaml", "my-reviews:\n  reference: hf:datasets/org/reviews\n  kind: data\n  about: mine\n")
        for name in ("hf:datasets/org/reviews", "my-reviews"):
            with self.subTest(name):
                shown = self.store.json("data", "show", name)
                self.assertEqual({split["name"]: split["rows"] for split in shown["splits"]}, {"train": 3, "test": 1})
                self.assertEqual(shown["examples"][0], {"text": "좋아요", "label": 1})
        rows = self.store.json("data", "head", "my-reviews", "--split", "test")["rows"]
        self.assertEqual(rows, [{"text": "음", "label": 0}])
        self.assertEqual(self.store.hub.served("reviews.py"), 0)
        listed = self.store.json("data", "list")
        self.assertIn("hf:datasets/org/reviews", [one["reference"] for one in listed["stored"]])
        self.assertTrue(self.store.json("verify")["ok"])

    def test_the_parquet_branch_comes_first(self):
        file = GOLDEN / "data/arrow/pandas.parquet"
        expected = json.loads((GOLDEN / "data/arrow/expected.json").read_text())["pandas.parquet"]["rows"]
        repository = self.store.hub.dataset("org/table", {"train.csv": b"text\nnot this\n"})
        repository.commit({"default/train/0000.parquet": file}, branch="refs/convert/parquet", replace=True)
        shown = self.store.json("data", "show", "hf:datasets/org/table", "--rows", str(len(expected)))
        self.assertEqual(shown["format"], "parquet")
        self.assertEqual([(split["name"], split["rows"]) for split in shown["splits"]], [("train", len(expected))])
        self.assertEqual([set(row) for row in shown["examples"]], [set(row) for row in expected])
        self.assertEqual(self.store.hub.served("train.csv"), 0)


if __name__ == "__main__":
    main()
