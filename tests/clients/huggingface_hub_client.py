"""The unmodified huggingface_hub client against the fake hub: what it brings, what it says, what it pushes."""
import os
import pathlib
import random
import tempfile

from client import Client, main, needs_program, with_packages

with_packages()
# Read when the package is imported. The endpoint of each test is given to HfApi and to each call.
os.environ.update(HF_HOME=tempfile.mkdtemp(prefix="hf-home-"), HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1",
                  HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_IMPLICIT_TOKEN="1")
import huggingface_hub  # noqa: E402
from huggingface_hub import errors  # noqa: E402

from fake_hub import FakeHub  # noqa: E402
from tiny_models import Bert  # noqa: E402


class Pulls(Client):
    def setUp(self):
        super().setUp()
        self.hub = self.served(FakeHub())
        self.hub.tokens.update({"hf_read": {"name": "reader"}, "hf_write": {"name": "writer", "write": True}})
        self.bert = Bert().write(self.folder / "bert")
        self.files = {str(path.relative_to(self.bert)): path for path in self.bert.rglob("*") if path.is_file()}
        self.repository = self.hub.model("org/tiny", {**self.files, "1_Pooling/config.json": b"{}", "README.md": b"---\nlicense: mit\n---\n# Tiny"},
                                         pipeline_tag="fill-mask", tags=["bert", "ko"], downloads=7)
        self.api = huggingface_hub.HfApi(endpoint=self.hub.url)

    def snapshot(self, name="org/tiny", **more):
        more = {"cache_dir": self.folder / "cache", "endpoint": self.hub.url, "token": "hf_read", **more}
        return pathlib.Path(huggingface_hub.snapshot_download(name, **more))

    def test_a_snapshot_is_the_repository(self):
        for cached in (False, True):
            with self.subTest(resolve_cache=cached):
                self.hub.resolve_cache = cached
                folder = self.snapshot(cache_dir=self.folder / str(cached))
                for name, path in self.files.items():
                    self.assertEqual((folder / name).read_bytes(), path.read_bytes())
                self.assertEqual(folder.name, self.repository.sha("main"))
                self.assertEqual((folder / "1_Pooling/config.json").read_bytes(), b"{}")
        self.assertEqual(self.hub.violations, [])
        self.assertEqual(self.hub.cdn.count("model.safetensors", "GET"), 2)

    def test_one_file_by_branch_tag_and_commit(self):
        old = self.repository.sha("main")
        self.repository.commit({"config.json": b'{"new": 1}'})
        self.repository.commit({"config.json": b'{"pr": 1}'}, branch="refs/pr/1")
        for revision, content in ((old, self.files["config.json"].read_bytes()), ("main", b'{"new": 1}'), ("refs/pr/1", b'{"pr": 1}')):
            path = huggingface_hub.hf_hub_download("org/tiny", "config.json", revision=revision, endpoint=self.hub.url, cache_dir=self.folder)
            self.assertEqual(pathlib.Path(path).read_bytes(), content)

    def test_listings_in_pages_and_by_path(self):
        self.hub.page = 2
        paths = {entry.path: entry for entry in self.api.list_repo_tree("org/tiny", recursive=True)}
        self.assertEqual(set(paths), {*self.files, "1_Pooling", "1_Pooling/config.json", "README.md"})
        self.assertEqual(paths["model.safetensors"].lfs.size, paths["model.safetensors"].size)
        found, = self.api.get_paths_info("org/tiny", ["model.safetensors", "nothing"])
        self.assertEqual(found.lfs.sha256, paths["model.safetensors"].lfs.sha256)
        info = self.api.model_info("org/tiny", files_metadata=True)
        self.assertEqual((info.sha, info.pipeline_tag, info.gated), (self.repository.sha("main"), "fill-mask", False))
        self.assertEqual({one.rfilename for one in info.siblings}, {*paths} - {"1_Pooling"})
        self.assertEqual(info.safetensors.total, sum(info.safetensors.parameters.values()))

    def test_search(self):
        self.hub.model("org/other", {"config.json": b"{}"}, pipeline_tag="text-generation", tags=["en"], downloads=9)
        self.hub.dataset("org/set", {"train.jsonl": b"{}\n"})
        names = lambda **asked: [one.id for one in self.api.list_models(**asked)]  # noqa: E731
        self.assertEqual(names(sort="downloads"), ["org/other", "org/tiny"])
        self.assertEqual(names(search="tin"), ["org/tiny"])
        self.assertEqual(names(filter="ko"), ["org/tiny"])
        self.assertEqual(names(pipeline_tag="text-generation"), ["org/other"])
        self.assertEqual(names(sort="downloads", limit=1), ["org/other"])
        self.assertEqual([one.id for one in self.api.list_datasets()], ["org/set"])
        self.assertEqual(pathlib.Path(self.snapshot("org/set", repo_type="dataset"), "train.jsonl").read_bytes(), b"{}\n")

    def test_errors_are_told_apart(self):
        gated = self.hub.model("org/gated", {"config.json": b"{}"}, gated="manual")
        with self.assertRaises(errors.GatedRepoError):
            self.snapshot("org/gated")
        with self.assertRaises(errors.GatedRepoError):
            self.api.auth_check("org/gated", token="hf_read")
        gated.granted.add("reader")
        self.api.auth_check("org/gated", token="hf_read")
        self.assertTrue((self.snapshot("org/gated") / "config.json").exists())
        self.hub.model("org/private", {"config.json": b"{}"}, private=True)
        for name in ("org/private", "org/nothing"):
            for token in ("hf_read", False):
                with self.assertRaises(errors.RepositoryNotFoundError):
                    self.snapshot(name, token=token)
        with self.assertRaises(errors.RevisionNotFoundError):
            self.snapshot(revision="nothing")
        with self.assertRaises(errors.EntryNotFoundError):
            huggingface_hub.hf_hub_download("org/tiny", "nothing", endpoint=self.hub.url, cache_dir=self.folder)
        with self.assertRaises(errors.HfHubHTTPError):
            self.api.whoami(token="hf_wrong")
        self.assertEqual(self.api.whoami(token="hf_write")["name"], "writer")

    def test_a_renamed_repository_is_followed(self):
        self.hub.rename("org/tiny", "new-org/newer")
        path = huggingface_hub.hf_hub_download("org/tiny", "model.safetensors", endpoint=self.hub.url, cache_dir=self.folder)
        self.assertEqual(pathlib.Path(path).read_bytes(), self.files["model.safetensors"].read_bytes())
        self.assertEqual(self.api.model_info("org/tiny").id, "new-org/newer")

    def test_a_hub_that_stumbles(self):
        large = random.Random(2).randbytes(24 << 20)   # the client writes what it got in pieces of 10 MiB
        self.repository.commit({"large.bin": large})
        brought = lambda name: pathlib.Path(huggingface_hub.hf_hub_download(  # noqa: E731
            "org/tiny", "large.bin", endpoint=self.hub.url, cache_dir=self.folder / name))
        for name, values in (("cut", {"at": 21 << 20}), ("chunked", {})):
            with self.subTest(name):
                self.hub.faults.clear()
                self.hub.forget()
                rule = self.hub.faults.add(name, path="large.bin", server="cdn", first=1, **values)
                self.assertEqual(brought(name).read_bytes(), large)
                self.assertEqual(rule.used, 1)
                ranges = [request.header("range") for request in self.hub.cdn.requests]
                self.assertEqual(len(ranges), 1 if name == "chunked" else 2, ranges)
        self.hub.faults.clear()
        self.hub.faults.add("length", path="large.bin", server="cdn", by=-10)
        with self.assertRaises(Exception):
            brought("short")


    @needs_program
    def test_maru_reads_the_cache_in_place(self):
        self.hub.dataset("org/set", {"train.jsonl": b'{"text": "a"}\n'})
        snapshot = self.snapshot()
        self.snapshot("org/set", repo_type="dataset")
        self.hub.forget()
        listed = self.maru("list", "--elsewhere", HF_HUB_CACHE=str(self.folder / "cache"))["elsewhere"]
        self.assertIn("hf:org/tiny", [one["reference"] for one in listed])
        model = self.maru("pull", "hf:org/tiny", HF_HUB_CACHE=str(self.folder / "cache"))
        self.assertEqual(model["revision"], self.repository.sha("main"))
        for file in model["files"]:
            self.assertTrue(pathlib.Path(file["place"]).samefile(snapshot / file["name"]), file)
        self.assertEqual(len(self.maru("embed", "tiny", "cat")["embeddings"][0]), 32)
        self.assertTrue(self.maru("verify")["ok"])
        self.assertFalse(any((self.folder / "home/blobs").glob("*")))
        self.maru("pull", "hf:datasets/org/set", HF_HUB_CACHE=str(self.folder / "cache"))
        self.maru("rm", "tiny")
        self.assertTrue((snapshot / "model.safetensors").exists(), "what is others' is not removed")
        self.assertEqual(self.hub.requests(), [])


class Pushes(Client):
    def setUp(self):
        super().setUp()
        self.hub = self.served(FakeHub())
        self.hub.tokens.update({"hf_read": {"name": "reader"}, "hf_write": {"name": "writer", "write": True}})
        self.api = huggingface_hub.HfApi(endpoint=self.hub.url, token="hf_write")

    def test_a_folder_comes_back_as_it_went(self):
        weights = random.Random(1).randbytes(3 << 20)
        folder = self.folder / "model"
        (folder / "sub").mkdir(parents=True)
        for name, content in (("config.json", b"{}"), ("README.md", b"---\nlicense: mit\n---\n# Mine"), ("sub/model.safetensors", weights)):
            (folder / name).write_bytes(content)
        for part_from in (None, 1 << 20):
            with self.subTest(part_from=part_from):
                self.hub.part_from = part_from
                name = f"writer/mine-{part_from}"
                self.assertEqual(self.api.create_repo(name).repo_id, name)
                self.api.create_repo(name, exist_ok=True)
                done = self.api.upload_folder(repo_id=name, folder_path=folder)
                self.assertEqual(self.hub.repositories["model", name].sha("main"), done.oid)
                back = pathlib.Path(huggingface_hub.snapshot_download(name, endpoint=self.hub.url, cache_dir=self.folder / name))
                self.assertEqual((back / "sub/model.safetensors").read_bytes(), weights)
                self.assertEqual((back / "config.json").read_bytes(), b"{}")
                weights = weights[::-1]
                (folder / "sub/model.safetensors").write_bytes(weights)
        self.assertTrue(all(not request.header("authorization") for request in self.hub.cdn.requests))

    def test_what_may_not_be_pushed(self):
        self.hub.model("org/tiny", {"config.json": b"{}"})
        with self.assertRaises(errors.HfHubHTTPError):
            self.api.upload_file(path_or_fileobj=b"x", path_in_repo="a.txt", repo_id="org/tiny", token="hf_read")
        with self.assertRaises(errors.HfHubHTTPError):
            self.api.create_commit("org/tiny", [huggingface_hub.CommitOperationAdd("a.txt", b"x")], commit_message="m", parent_commit="0" * 40)
        self.assertEqual(set(self.hub.repositories["model", "org/tiny"].files()), {"config.json"})
        self.api.create_commit("org/tiny", [huggingface_hub.CommitOperationAdd("a.txt", b"x"),
                                            huggingface_hub.CommitOperationDelete("config.json")], commit_message="m")
        self.assertEqual(set(self.hub.repositories["model", "org/tiny"].files()), {"a.txt"})


if __name__ == "__main__":
    main()
