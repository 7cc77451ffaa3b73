"""Blobs, create, copy and delete over HTTP: the statuses and words of Ollama's recorded answers, and a server that is killed."""
import hashlib
import http.client
import json
import threading
import time

from scenario import PROGRAM, Scenario, main
from served import Server
from tiny_models import Llama


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Served(Scenario):
    def setUp(self):
        super().setUp()
        self.home = self.folder / "served"
        self.begin()

    def begin(self):
        self.server = Server(PROGRAM, models=False, home=self.home)
        self.addCleanup(self.end)

    def end(self):
        if self.server:
            self.server.stop()
            self.server = None

    def kill(self):
        self.server.process.kill()
        self.server.stop(expect=None)
        self.server = None

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        raw = isinstance(body, bytes)
        connection.request(method, path, body if raw or body is None else json.dumps(body).encode(),
                           {"Content-Type": "application/octet-stream" if raw else "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def error(self, status, method, path, body=None):
        got, content = self.ask(method, path, body)
        self.assertEqual(got, status, content[:500])
        message = json.loads(content)["error"]
        self.assertNotIn(str(self.home), message)
        return message

    def upload(self, content):
        self.assertEqual(self.ask("POST", "/api/blobs/" + sha256(content), content)[0], 201)
        return sha256(content)

    def create(self, **fields):
        status, content = self.ask("POST", "/api/create", {"stream": False, **fields})
        self.assertEqual((status, json.loads(content)["status"]), (200, "success"), content)
        return json.loads(content)

    def smol(self, name="smol", **more):
        return self.create(model=name, files={"smol.gguf": self.upload(Llama().with_keys(general__name=(8, name)).bytes())}, **more)


class Blobs(Served):
    def test_as_ollama_answers(self):
        content, other = b"hello", "sha256:" + "0" * 64
        self.assertEqual(self.ask("HEAD", "/api/blobs/" + sha256(content)), (404, b""))
        self.assertEqual(self.error(400, "POST", "/api/blobs/" + other, content),
                         f'digest mismatch, expected "{other}", got "{sha256(content)}"')
        self.assertEqual(self.error(400, "POST", "/api/blobs/zzz", content), "invalid digest format")
        self.assertEqual(self.ask("HEAD", "/api/blobs/zzz")[0], 400)
        self.assertEqual(self.ask("POST", "/api/blobs/" + sha256(content), content), (201, b""))
        self.assertEqual(self.ask("POST", "/api/blobs/" + sha256(content), b"x"), (200, b""))
        self.assertEqual(self.ask("HEAD", "/api/blobs/" + sha256(content).replace(":", "-")), (200, b""))
        self.assertEqual([path.name for path in (self.home / "uploads").iterdir()], [sha256(content)[7:]])

    def test_no_digest_leads_out_of_its_folder(self):
        for digest in ("sha256:" + "A" * 64, "sha256:" + "a" * 63, "sha512:" + "a" * 64, "sha256:..%2F..%2F" + "a" * 58, "sha256:" + "%2e" * 64,
                       "..%2f..%2fetc%2fpasswd"):
            self.assertIn(self.ask("POST", "/api/blobs/" + digest, b"x")[0], (400, 404), digest)
        self.assertEqual([path for path in self.folder.rglob("*") if path.is_file() and path.read_bytes() == b"x"], [])


class Create(Served):
    def test_from_a_blob_line_by_line(self):
        content = Llama().bytes()
        status, answer = self.ask("POST", "/api/create", {"model": "smol", "files": {"smol.gguf": self.upload(content)}, "system": "You are terse.",
                                                          "parameters": {"temperature": 0.2}, "renderer": "x"})
        lines = [json.loads(line)["status"] for line in answer.decode().splitlines()]
        self.assertEqual(status, 200)
        self.assertEqual([lines[0], lines[1], *lines[-2:]],
                         ["warning: renderer has no effect here and was ignored", "parsing GGUF", "writing manifest", "success"])
        self.assertIn("creating new layer " + sha256(content), lines)
        self.assertEqual(list((self.home / "uploads").iterdir()), [])
        _, shown = self.ask("POST", "/api/show", {"model": "smol"})
        shown = json.loads(shown)
        self.assertEqual((shown["system"], shown["parameters"]), ("You are terse.", "temperature                    0.2\n"))
        self.assertIn("SYSTEM You are terse.", shown["modelfile"])

    def test_on_another_model(self):
        self.smol(system="You are terse.")
        self.create(model="smol-pirate", **{"from": "smol"}, system="Talk like a pirate.")
        self.create(model="smol-tmpl", **{"from": "smol"}, template="{{ .System }}|{{ .Prompt }}", license="MIT",
                    parameters={"stop": ["<|im_end|>"], "num_ctx": 64},
                    messages=[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}])
        shown = json.loads(self.ask("POST", "/api/show", {"model": "smol-tmpl"})[1])
        self.assertEqual((shown["license"], shown["system"], shown["template"], shown["details"]["parent_model"], len(shown["messages"])),
                         ("MIT", "You are terse.", "{{ .System }}|{{ .Prompt }}", "smol:latest", 2))
        warned = self.create(model="bad5", **{"from": "smol"}, parameters={"no_such_param": 1})
        self.assertIn("no_such_param", warned["warnings"][0])
        self.create(model="small", **{"from": "smol"}, quantize="q8_0")
        self.assertEqual(json.loads(self.ask("POST", "/api/show", {"model": "small"})[1])["details"]["quantization_level"], "Q8_0")

    def test_what_a_client_gets_wrong(self):
        self.smol()
        blob = {"x.gguf": "sha256:" + "1" * 64}
        self.assertEqual(self.error(400, "POST", "/api/create", {"model": "bad2"}), "neither 'from' or 'files' was specified")
        self.assertIn("there is no blob sha256:1111", self.error(400, "POST", "/api/create", {"model": "bad3", "files": blob}))
        self.assertEqual(self.error(400, "POST", "/api/create", {"model": "bad3", "files": {"x": "sha256:zz"}}), "invalid digest format")
        self.assertEqual(self.error(400, "POST", "/api/create", {"files": blob}), "invalid model name")
        for name in ("in valid/../name", "../../etc/passwd", "a/b/c/d/e", "x" * 200, "моdel", "smol@sha256:" + "1" * 64, "-x"):
            self.assertEqual(self.error(400, "POST", "/api/create", {"model": name, "files": blob}), "invalid model name")
        self.assertIn("template error", self.error(400, "POST", "/api/create", {"model": "bad4", "from": "smol", "template": "{{ .Bad "}))
        self.assertIn("unsupported quantization type",
                      self.error(400, "POST", "/api/create", {"model": "bad4", "from": "smol", "quantize": "Q9"}))
        self.assertIn("top_p", self.error(400, "POST", "/api/create", {"model": "bad4", "from": "smol", "parameters": {"top_p": 7}}))
        self.assertIn("remote_host", self.error(400, "POST", "/api/create", {"model": "bad4", "from": "smol", "remote_host": "http://x"}))
        # Offsets beyond the file, headers cut short: never read, never quantised, never stored.
        whole = Llama().bytes()
        for content in (b"GGUF", whole[:64], whole[:-8], b"not a model"):
            for more in ({}, {"quantize": "Q8_0"}):
                files = {"x.gguf": self.upload_any(content)}
                self.error(400, "POST", "/api/create", {"model": "bad6", "files": files, "stream": False, **more})
        models = json.loads(self.ask("GET", "/api/tags")[1])["models"]
        self.assertEqual([model["name"] for model in models], ["smol:latest"])

    def upload_any(self, content):
        self.ask("POST", "/api/blobs/" + sha256(content), content)
        return sha256(content)

    def test_copy_and_delete(self):
        self.smol()
        self.assertEqual(self.ask("POST", "/api/copy", {"source": "smol", "destination": "someone/copy:v2"}), (200, b""))
        self.assertEqual(self.error(404, "POST", "/api/copy", {"source": "nope", "destination": "x"}), 'model "nope" not found')
        self.assertEqual(self.error(400, "POST", "/api/copy", {"source": "smol", "destination": "a b/../c"}),
                         'destination "a b/../c" is invalid')
        self.assertEqual(self.ask("DELETE", "/api/delete", {"model": "smol"}), (200, b""))
        self.assertEqual(self.ask("POST", "/api/show", {"model": "someone/copy:v2"})[0], 200)
        self.assertEqual(self.error(404, "DELETE", "/api/delete", {"model": "smol"}), "model 'smol' not found")

    def test_a_server_killed_while_it_makes_and_removes(self):
        self.smol("keep")
        for wait in [0.003 * step for step in range(0, 12)]:
            digest = self.upload_any(Llama().with_keys(general__name=(8, f"new {wait}")).bytes())

            def work():
                for body in ({"model": "other", "files": {"x.gguf": digest}, "quantize": "Q8_0", "stream": False},
                             {"model": "other", "from": "keep", "system": "x", "stream": False}):
                    try:
                        self.ask("POST", "/api/create", body)
                        self.ask("DELETE", "/api/delete", {"model": "other"})
                    except (OSError, http.client.HTTPException):
                        return
            worker = threading.Thread(target=work)
            worker.start()
            time.sleep(wait)
            self.kill()
            worker.join()
            self.begin()
            self.assertEqual(list((self.home / "tmp").glob("*")), [])
            done = self.maru("verify", "--json", MARU_HOME=str(self.home))
            self.assertEqual((done.returncode, json.loads(done.stdout)["ok"]), (0, True))
            names = [model["name"] for model in json.loads(self.ask("GET", "/api/tags")[1])["models"]]
            self.assertIn(names, (["keep:latest"], ["other:latest", "keep:latest"], ["keep:latest", "other:latest"]))
            self.assertTrue(all("problem" not in model for model in json.loads(self.ask("GET", "/api/tags")[1])["models"]))


if __name__ == "__main__":
    main()
