"""The real ollama program against the fake registry: it pulls, pushes and pulls again. Built from the Go module proxy by build_ollama.py,
which takes minutes the first time; needs the go program."""
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from client import ROOT, Client, main, needs_program

import build_ollama  # noqa: E402
from fake_registry import FakeRegistry  # noqa: E402
from tiny_models import Llama  # noqa: E402

if build_ollama.go() is None and not os.environ.get("MARU_TEST_OLLAMA"):
    print("skipped: the real ollama cannot be built without the go program; install golang 1.24 or later, or set MARU_TEST_OLLAMA to an ollama")
    sys.exit(77)  # what CMakeLists.txt tells ctest to show as skipped
OLLAMA = os.environ.get("MARU_TEST_OLLAMA") or build_ollama.build(ROOT / "build" / "ollama")


class Ollama:
    """A server of the real program with a store of its own."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.host = f"127.0.0.1:{free.getsockname()[1]}"
        self.models = folder / "models"
        environment = {**os.environ, "HOME": str(folder), "OLLAMA_HOST": self.host, "OLLAMA_MODELS": str(self.models)}
        self.log = folder / "ollama.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([OLLAMA, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=log)
        end = time.monotonic() + 60
        while True:
            try:
                return self.ask("version") and None
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(self.log.read_text()) from None
                time.sleep(0.1)

    def ask(self, route, body=None):
        request = urllib.request.Request(f"http://{self.host}/api/{route}", json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=20)


class Pulls(Client):
    def setUp(self):
        super().setUp()
        self.registry = self.served(FakeRegistry())
        (self.folder / "person").mkdir()
        self.ollama = Ollama(self.folder / "person")
        self.addCleanup(self.ollama.end)
        self.weights = Llama().bytes(tail=os.urandom(3 << 20))
        self.manifest = self.registry.model("library/tiny", {"model": self.weights, "template": b"{{ .Prompt }}", "license": b"MIT"})
        self.name = f"{self.registry.authority}/library/tiny"

    def pull(self, name=None):
        return self.ollama.ask("pull", {"model": name or self.name, "insecure": True})[-1]

    def blob(self, digest):
        return (self.ollama.models / "blobs" / digest.replace(":", "-")).read_bytes()

    def test_a_pull(self):
        self.assertEqual(self.pull(), {"status": "success"})
        self.assertEqual(self.blob(self.manifest["layers"][0]["digest"]), self.weights)
        self.assertEqual([one["name"] for one in self.ollama.ask("tags")[0]["models"]], [self.name + ":latest"])
        path = self.ollama.models / "manifests" / self.registry.authority / "library/tiny/latest"
        self.assertEqual(json.loads(path.read_text())["layers"], self.manifest["layers"])
        self.assertEqual(self.registry.violations, [])

    @needs_program
    def test_maru_reads_its_store_in_place(self):
        self.pull()
        self.registry.forget()
        model = self.maru("pull", f"ollama:{self.name}", OLLAMA_MODELS=str(self.ollama.models))
        weights = next(file for file in model["files"] if file["name"].endswith(".gguf"))
        self.assertTrue(pathlib.Path(weights["place"]).samefile(self.ollama.models / "blobs" / f"sha256-{weights['sha256']}"))
        self.assertTrue(model["usable"], model)
        self.maru("run", model["name"], "x", "--max-tokens", "1")
        self.maru("rm", model["name"])
        self.assertEqual(self.blob(self.manifest["layers"][0]["digest"]), self.weights)
        self.assertEqual(self.registry.requests(), [])

    def test_a_pull_with_a_token(self):
        self.registry.authenticate = True
        self.assertEqual(self.pull(), {"status": "success"})
        self.assertTrue(self.registry.keys, "it signs with its key")
        self.assertEqual(self.registry.violations, [])

    def test_a_realm_elsewhere(self):
        self.registry.authenticate, self.registry.realm = True, f"{self.registry.cdn.url}/token"
        self.assertIn("does not match", self.pull()["error"])
        self.assertEqual(self.registry.violations, [])

    def test_what_is_not_there_and_what_is_wrong(self):
        self.assertIn("error", self.pull(f"{self.registry.authority}/library/nothing"))
        self.registry.faults.add("flip", path=self.manifest["layers"][0]["digest"], server="cdn", at=100)
        self.assertIn("digest mismatch", self.pull()["error"])

    def test_a_cut_is_continued(self):
        digest = self.manifest["layers"][0]["digest"]
        self.registry.faults.add("cut", path=digest, server="cdn", first=1, at=1 << 20)
        self.assertEqual(self.pull(), {"status": "success"})
        self.assertEqual(self.blob(digest), self.weights)

    def test_a_push_comes_back(self):
        for redirected in (False, True):
            with self.subTest(redirected=redirected):
                self.registry.redirect_uploads = redirected
                self.pull()
                self.registry.blobs.clear()
                pushed = f"{self.registry.authority}/me/mine-{str(redirected).lower()}"
                self.copy(pushed)
                self.assertEqual(self.ollama.ask("push", {"model": pushed, "insecure": True})[-1], {"status": "success"})
                self.assertEqual(self.registry.blobs["sha256:" + hashlib.sha256(self.weights).hexdigest()], self.weights)
                self.assertIn(f"me/mine-{str(redirected).lower()}:latest", self.registry.manifests)
                self.assertEqual(self.registry.violations, [])

    def copy(self, name):
        request = urllib.request.Request(f"http://{self.ollama.host}/api/copy", json.dumps({"source": self.name, "destination": name}).encode())
        urllib.request.urlopen(request, timeout=20).close()


if __name__ == "__main__":
    main()
