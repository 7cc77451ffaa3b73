"""What stays as it was: maru.lock and what a pull, a moved branch or a hand does to it; what maru prune takes, and what it leaves."""
import json
import os

from hub_scenario import HubScenario
from scenario import main


class Locks(HubScenario):
    def setUp(self):
        super().setUp()
        self.store, (self.files, _) = self.home(), self.bert()
        self.repository = self.store.hub.model("org/tiny", self.files)
        self.first = self.repository.sha("main")
        self.store.json("pull", "hf:org/tiny")
        self.store.json("lock")
        self.path = self.folder / "maru.lock"

    def move(self):
        self.repository.commit({"README.md": b"---\nlicense: mit\n---\n# Moved on"})

    def elsewhere(self):
        """Another machine: the same folder and hub, an empty store."""
        self.store.more["MARU_HOME"] = str(self.folder / "second")
        self.store.path = self.folder / "second"

    def test_elsewhere_the_same_comes_though_the_branch_moved(self):
        self.move()
        self.elsewhere()
        pulled, = self.store.json("pull")["models"]
        self.assertEqual((pulled["name"], pulled["revision"]), ("tiny", self.first))
        self.assertTrue(self.store.json("verify", "--lock")["ok"])
        self.assertEqual(len(self.store.json("embed", "tiny", "cat")["embeddings"][0]), 32)

    def test_a_newer_pull_differs_until_it_is_locked(self):
        self.move()
        self.store.json("pull", "hf:org/tiny")
        verified = self.store.json("verify", "--lock", code=1)
        self.assertIn("README.md", str(verified["models"]))
        self.store.json("lock")
        self.assertTrue(self.store.json("verify", "--lock")["ok"])
        self.assertNotEqual(self.first, self.store.json("lock")["models"][0]["revision"])

    def test_a_pull_without_a_name_goes_back_to_the_lock(self):
        self.move()
        self.store.json("pull", "hf:org/tiny")
        pulled, = self.store.json("pull")["models"]
        self.assertEqual(pulled["revision"], self.first)
        self.assertTrue(self.store.json("verify", "--lock")["ok"])

    def test_locked_bytes_that_were_damaged_are_named(self):
        blob = max((self.store.path / "blobs").iterdir(), key=lambda path: path.stat().st_size)
        blob.chmod(0o644)
        content = bytearray(blob.read_bytes())
        content[-1] ^= 1
        blob.write_bytes(content)
        verified = self.store.json("verify", "--lock", code=1)
        self.assertIn("model.safetensors", str(verified["models"]))

    def test_a_lock_that_a_hand_changed_is_not_obeyed_in_silence(self):
        good = self.path.read_text()
        sums = {file["name"]: file["sha256"] for file in json.loads(next((self.store.path / "models").glob("*.json")).read_text())["files"]}
        for wrong in (good.replace(sums["model.safetensors"], "0" * 64), good.replace(self.first, "f" * 40)):
            self.assertNotEqual(wrong, good)
            self.path.write_text(wrong)
            self.assertIn(self.store.maru("verify", "--lock").returncode, (1,))
            self.elsewhere()
            self.store.refuses("pull")
            self.store.is_empty()
        for nonsense in ("", "{", "[]", good.replace("model.safetensors", "../stray")):
            self.path.write_text(nonsense)
            self.store.refuses("pull", names=["maru.lock"])
            self.store.refuses("verify", "--lock", names=["maru.lock"])

        self.path.write_text(good.replace(self.first, "../../x"))
        self.store.refuses("pull", names=["../../x"])

    def test_without_a_lock_it_is_said(self):
        self.path.unlink()
        self.store.refuses("pull", code=2, names=["maru.lock"])
        self.store.refuses("verify", "--lock", code=2, names=["maru.lock"])


class Prunes(HubScenario):
    def test_rests_go_and_models_stay(self):
        store, (files, _) = self.home(), self.bert()
        store.hub.model("org/tiny", files)
        store.json("pull", "hf:org/tiny")
        self.assertEqual(store.json("prune", "--dry-run")["found"], [])
        weights = self.gguf(size=2 << 20)
        store.hub.model("org/half", {"half.gguf": weights})
        store.hub.faults.add("cut", path="half.gguf", server="cdn", first=1, at=1 << 20)
        store.hub.faults.add("status", path="half.gguf", server="hub", code=404, skip=1)
        store.refuses("pull", "hf:org/half")
        stray = store.path / "blobs" / ("e" * 64)
        stray.write_bytes(b"no manifest names this")
        dry = store.json("prune", "--dry-run")
        self.assertEqual({one["what"] for one in dry["found"]}, {"partial", "blob"})
        self.assertGreaterEqual(dry["bytes"], 1 << 20)
        self.assertTrue(stray.exists())
        self.assertEqual(store.json("prune")["found"], dry["found"])
        self.assertFalse(stray.exists())
        self.assertEqual([path.name for path in (store.path / "partials").iterdir() if path.suffix], [])
        self.assertEqual(store.json("prune")["bytes"], 0)
        self.assertTrue(store.json("verify")["ok"])
        self.assertEqual(len(store.json("embed", "tiny", "cat")["embeddings"][0]), 32)

    def test_what_was_counted_of_data_sets_goes_too(self):
        store = self.home()
        cached = store.path / "cache"
        cached.mkdir(parents=True)
        (store.path / "locks").mkdir()
        (cached / ("a" * 64 + ".json")).write_text("7")
        self.assertEqual(store.json("prune", "--dry-run")["cached_bytes"], 1)
        self.assertEqual(store.json("prune")["cached_bytes"], 1)
        self.assertEqual(os.listdir(cached), [])

    def test_a_pull_that_was_killed_and_resumed_leaves_nothing_behind(self):
        store, (files, _) = self.home(), self.bert()
        store.hub.model("org/tiny", files)
        store.hub.faults.add("cut", path="model.safetensors", server="cdn", first=1, at=10_000)
        rule = store.hub.faults.add("status", path="model.safetensors", server="hub", code=404, skip=1)
        store.refuses("pull", "hf:org/tiny")
        self.assertGreaterEqual(rule.used, 1)
        self.assertTrue([path for path in (store.path / "partials").iterdir() if path.suffix], "something came before it failed")
        store.hub.faults.clear()
        store.holds(store.json("pull", "hf:org/tiny"), files)
        self.assertEqual([path.name for path in (store.path / "partials").iterdir() if path.suffix], [])


if __name__ == "__main__":
    main()
