"""What the hub scenarios share: the program against a fake hub of its own, with nothing of the person's around it."""
import concurrent.futures
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))

from fake_hub import FakeHub  # noqa: E402
from scenario import HANGUL, PROGRAM, Scenario  # noqa: E402
from tiny_models import Bert, Llama, safetensors  # noqa: E402

FOREIGN = ("HF_", "HUGGING", "OLLAMA_", "TRANSFORMERS_", "MARU_OFFLINE", "SSL_CERT", "REQUESTS_CA", "CURL_CA")


class Home:
    """One store and one hub. Several may live side by side in threads of one scenario."""

    def __init__(self, scenario, name="home", **hub):
        self.scenario, self.hub = scenario, FakeHub(**hub)
        scenario.addCleanup(self.end)
        self.path = scenario.folder / name
        self.more = {"MARU_HOME": str(self.path), "HF_ENDPOINT": self.hub.url}

    def end(self):
        self.hub.close()
        self.scenario.assertEqual(self.hub.problems, [])
        self.scenario.assertEqual(self.hub.violations, [], "credentials reached the CDN")

    def maru(self, *arguments, **more):
        return self.scenario.maru(*arguments, **{**self.more, **more})

    def json(self, *arguments, **more):
        return self.scenario.json(*arguments, **{**self.more, **more})

    def refuses(self, *arguments, says=(), names=(), code=1, within=30, **more):
        """As Scenario.refuses, but what is planned may be said before the line that says why it cannot be."""
        begin = time.monotonic()
        done = self.maru(*arguments, **more)
        took, message = time.monotonic() - begin, done.stderr.decode()
        self.scenario.assertEqual((done.returncode, done.stdout), (code, b""), message)
        self.scenario.assertLess(took, within, message)
        self.scenario.assertRegex(message.splitlines()[-1], "^maru: ")
        for word in (*says, *names):
            self.scenario.assertIn(word, message)
        error = self.json(*arguments, code=code, **{**more, "LC_ALL": "ko_KR.UTF-8"})["error"]
        self.scenario.assertEqual(error["kind"] == "usage", code == 2, error)
        self.scenario.assertRegex(error["message"], HANGUL)
        for name in names:
            self.scenario.assertIn(name, error["message"])
        return message

    def begin(self, *arguments, **environment):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], env={**self.scenario.environment, **self.more, **environment},
                                cwd=self.scenario.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def blobs(self):
        folder = self.path / "blobs"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def is_empty(self):
        """No model is seen, no blob is kept; rests of a download may lie where the next one finds them."""
        self.scenario.assertEqual(self.json("list"), {"models": []})
        self.scenario.assertEqual(self.blobs(), [])

    def holds(self, model, files):
        """The stored model is these files, byte for byte, and the store is whole."""
        self.scenario.assertEqual({file["name"] for file in model["files"]}, set(files))
        for file in model["files"]:
            content = files[file["name"]]
            content = content if isinstance(content, bytes) else pathlib.Path(content).read_bytes()
            place = pathlib.Path(file["place"]) if "place" in file else self.path / "blobs" / file["sha256"]
            self.scenario.assertEqual(place.read_bytes(), content, file["name"])
        self.scenario.assertTrue(self.json("verify")["ok"])


class HubScenario(Scenario):
    def setUp(self):
        super().setUp()
        for name in list(self.environment):
            if name.startswith(FOREIGN) or name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
                del self.environment[name]
        self.environment["HOME"] = str(self.folder / "person")
        (self.folder / "person").mkdir()

    def home(self, name="home", **hub):
        return Home(self, name, **hub)

    def each(self, cases, run):
        """Runs the cases side by side, since most of their time is waiting; run(number, case). All failures are shown."""
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            waiting = [pool.submit(run, number, case) for number, case in enumerate(cases)]
        problems = []
        for case, done in zip(cases, waiting):
            if done.exception():
                problems.append(f"{str(case)[:200]}:\n{str(done.exception())[:600]}")
        if problems:
            self.fail("\n\n".join([f"{len(problems)} of {len(cases)} cases", *problems]))

    # Repositories.

    @staticmethod
    def bert():
        """Files of a model as the hub has them; what a pull takes, and what it leaves."""
        bert = Bert()
        files = {"config.json": json.dumps(bert.config).encode(), "tokenizer.json": json.dumps(bert.tokenizer).encode(),
                 "model.safetensors": safetensors(*bert.entries()), "README.md": b"---\nlicense: mit\n---\n# Tiny"}
        left = {".gitattributes": b"*.safetensors filter=lfs\n", "modeling_bert.py": b"raise SystemExit\n", "pytorch_model.bin": b"never read",
                "tf_model.h5": b"never read", "onnx/model.onnx": b"never read"}
        return files, left

    @staticmethod
    def sharded():
        bert = Bert()
        names = list(bert.shapes)
        files, left = HubScenario.bert()
        del files["model.safetensors"]
        entries, data = bert.entries()
        where = {}
        for number, part in enumerate((names[:10], names[10:]), 1):
            file, mine, bytes_of = f"model-{number:05}-of-00002.safetensors", {}, b""
            for name in part:
                first, last = entries[name]["data_offsets"]
                mine[name] = {**entries[name], "data_offsets": [len(bytes_of), len(bytes_of) + last - first]}
                bytes_of += data[first:last]
                where[name] = file
            files[file] = safetensors(mine, bytes_of)
        files["model.safetensors.index.json"] = json.dumps({"metadata": {"total_size": len(data)}, "weight_map": where}).encode()
        return files

    @staticmethod
    def gguf(size=0, seed=1):
        """A tiny decoder, `size` bytes longer than it needs to be."""
        return Llama().bytes(tail=random.Random(seed).randbytes(size))


def sha256(content):
    return hashlib.sha256(content).hexdigest()
