"""What maru serve makes of requests that are wrong: every route and every field with every type, broken JSON, numbers out of range, names,
stops, biases, schemas and grammars. Each is a refusal that names the field, none ends the server, and health stays.
"""
import concurrent.futures
import http.client
import json
import time
import unittest
import urllib.request

from scenario import PROGRAM, main
from served import HAVE_MODELS, Server

JSON_VALUES = [None, True, 0, -1, 1.5, 2**63, 1e308, "", "x", [], [1], ["x"], [[]], {}, {"a": 1}]
VALID = {
    "/api/generate": {"model": "smollm2", "prompt": "x", "stream": False, "options": {"num_predict": 1}},
    "/api/chat": {"model": "smollm2", "messages": [{"role": "user", "content": "x"}], "stream": False, "options": {"num_predict": 1}},
    "/api/embed": {"model": "all-minilm", "input": "x"},
    "/api/embeddings": {"model": "all-minilm", "prompt": "x"},
    "/api/show": {"model": "smollm2"},
    "/v1/chat/completions": {"model": "smollm2", "messages": [{"role": "user", "content": "x"}], "max_tokens": 1},
    "/v1/completions": {"model": "smollm2", "prompt": "x", "max_tokens": 1},
    "/v1/embeddings": {"model": "all-minilm", "input": "x"},
    "/v1/rerank": {"model": "all-minilm", "query": "x", "documents": ["y"]},
    "/tokenize": {"model": "smollm2", "content": "x"},
    "/detokenize": {"model": "smollm2", "tokens": [1]},
    "/apply-template": {"model": "smollm2", "messages": [{"role": "user", "content": "x"}]},
    "/pipeline/feature-extraction": {"model": "all-minilm", "inputs": "x"},
}


@unittest.skipUnless(HAVE_MODELS, "MARU_TEST_SMOLLM2 or MARU_TEST_MINILM is not set")
class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM)
        cls.addClassCleanup(cls.server.stop)

    def post(self, path, body, kind="application/json", method="POST"):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Type": kind})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def refused(self, path, body, *says, status=400):
        got, content = self.post(path, body)
        self.assertEqual(got, status, (path, str(body)[:300], content[:500]))
        message = json.loads(content)["error"]
        message = message["message"] if isinstance(message, dict) else message
        for word in says:
            self.assertIn(word, message)
        return message

    def generate(self, **more):
        return {"model": "smollm2", "prompt": "The capital of France is", "stream": False, **more}

    def options(self, **options):
        return self.generate(options={"num_predict": 2, **options})

    def test_every_route_answers_what_is_no_request(self):
        for path in VALID:
            for body in (b"", b"{", b"{:", b"[]", b"null", b'"x"', b"1", b"{}", b'{"model"', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"model":"\xff"}',
                         b'{"model":"smollm2"} x', b'{"model":"a","model":"b"}', b"[" * 100_000, b'{"a":' * 100_000, b'{"model":1e999}', b'{"model":"\\ud800"}'):
                status, content = self.post(path, body)
                self.assertIn(status, (400, 404), (path, body[:40], content[:300]))
                self.assertIn("error", json.loads(content))

    def test_every_field_of_every_type(self):
        with urllib.request.urlopen(self.server.url + "/openapi.json") as answer:
            paths = json.load(answer)["paths"]
        cases = []
        for path, valid in VALID.items():
            template = path if path in paths else "/pipeline/{task}"
            known = paths.get(template) or paths[[one for one in paths if one.startswith("/pipeline/{")][0]]
            fields = known["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
            for field in fields:
                if field == "keep_alive":
                    continue  # 0 would unload the model under the others
                for value in JSON_VALUES:
                    limited = {"options": {"num_predict": 1}} if "max_tokens" in valid or "options" in valid else {}
                    if field == "options" and (value is None or isinstance(value, dict)):
                        continue  # no limit: an answer without end
                    cases.append((path, {**valid, **limited, field: value}))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for (path, body), (status, content) in zip(cases, pool.map(lambda case: self.post(*case), cases)):
                self.assertLess(status, 500, (path, body, content[:500]))
                if status >= 400:
                    self.assertIn("error", json.loads(content), (path, body))
        print(json.dumps({"requests": len(cases)}))

    def test_every_truncation(self):
        whole = json.dumps(VALID["/api/chat"]).encode()
        for end in range(len(whole)):
            status, content = self.post("/api/chat", whole[:end])
            self.assertEqual(status, 400, (whole[:end], content))

    def test_options_have_ranges(self):
        for option, values in {"temperature": [-1, "hot", 1e30, [], {}], "top_p": [-0.1, 1.1, "x"], "top_k": [-1, 1.5, "x"], "min_p": [-1, 2], "typical_p": [-1, 2],
                               "repeat_penalty": [0, -1, 1e9], "presence_penalty": [1e9, -3], "frequency_penalty": [3], "num_predict": [-3, 1e18, "x"],
                               "num_ctx": [0, -1, 1e18], "seed": ["x", 1.5], "stop": [[""], [1], {"a": 1}, ["x"] * 1000, "x" * 1_000_000],
                               "logit_bias": [{"999999": 1}, {"x": 1}, {"1": 1e308}, {"1": "x"}, [1]]}.items():
            for value in values:
                self.refused("/api/generate", self.options(**{option: value}), option.split("_")[0])
        status, content = self.post("/api/generate", self.options(no_such_option=1))
        self.assertEqual(status, 200)
        self.assertIn("no_such_option", json.dumps(json.loads(content)["accounting"]["warnings"]))

    def test_extremes_that_are_allowed(self):
        for options in ({"temperature": 1e-30}, {"temperature": 100, "top_k": 0, "top_p": 1}, {"top_p": 0}, {"top_k": 10**6}, {"seed": 2**63 - 1}, {"seed": -1},
                        {"repeat_last_n": -1, "repeat_penalty": 1.1}):
            status, content = self.post("/api/generate", self.options(**options))
            self.assertEqual(status, 200, (options, content[:300]))
        # No limit of its own: the context is one, where it is not shifted.
        status, content = self.post("/api/generate", self.generate(shift=False, options={"num_predict": 0, "num_ctx": 64}))
        self.assertEqual(status, 200, content[:300])

    def test_names(self):
        for name in ("../../etc/passwd", "a/b/c/d/e", "x" * 600, "", "a b", "smollm2@sha256:zz", "\x00", "-x", "a:b:c", "한글"):
            status, content = self.post("/api/show", {"model": name})
            self.assertIn(status, (400, 404), (name, content))
        self.refused("/api/copy", {"source": "smollm2", "destination": "a b/../c"}, "destination")

    def test_keep_alive(self):
        for value in ("5x", "", "m", "1h30", [], {}, "1e9999999s"):
            self.refused("/api/generate", self.generate(keep_alive=value, options={"num_predict": 1}), "keep_alive")
        for value in (-1, "-5m", 1e30, "1h30m", "300", 60):
            status, content = self.post("/api/generate", self.generate(keep_alive=value, options={"num_predict": 1}))
            self.assertEqual(status, 200, (value, content[:300]))

    def test_prompts_at_the_border_of_the_context(self):
        def tokens(n):
            return {"model": "smollm2", "prompt": [1] + [253] * (n - 1), "max_tokens": 1, "num_ctx": 64}
        for n, expected in ((1, 200), (62, 200), (63, 200), (64, 400), (65, 400)):
            status, content = self.post("/v1/completions", tokens(n))
            self.assertEqual(status, expected, (n, content[:300]))
        self.refused("/v1/completions", tokens(5000), "5000")
        self.refused("/v1/completions", {"model": "smollm2", "prompt": [-1]}, "prompt")
        self.refused("/v1/completions", {"model": "smollm2", "prompt": [10**9], "max_tokens": 1})

    def test_texts_that_are_hard_to_cut(self):
        for text in ("a" * 1_000_000, "\n" * 1_000_000, "👨‍👩‍👧‍👦" * 20_000, "\ufffd" * 100_000, "<|im_start|>" * 10_000, "\x00\x01"):
            begin = time.monotonic()
            status, content = self.post("/tokenize", {"model": "smollm2", "content": text})
            self.assertEqual(status, 200, content[:300])
            self.assertLess(time.monotonic() - begin, 20)

    def test_stop_strings(self):
        status, content = self.post("/api/generate", self.generate(raw=True, prompt="Count: 1, 2, 3,", options={"temperature": 0, "num_predict": 24, "stop": ["6"]}))
        self.assertEqual((status, json.loads(content)["response"]), (200, " 4, 5, "))

    def test_messages(self):
        for messages in ([{"role": "user"}, {"content": "x"}], [{"role": 1}], ["x"], [{"role": "user", "content": 5}], [{"role": "alien", "content": "x"}],
                         [{"role": "user", "content": "x", "tool_calls": [{"function": {"name": 1}}]}],
                         [{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}]):
            status, content = self.post("/api/chat", {"model": "smollm2", "messages": messages, "stream": False})
            self.assertEqual(status, 400, (messages, content[:300]))
        self.refused("/v1/chat/completions", {"model": "smollm2", "messages": [{"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{"}}]}]},
                     "arguments")

    def test_schemas(self):
        def schema(value):
            return {"model": "smollm2", "prompt": "x", "stream": False, "format": value, "options": {"num_predict": 4}}
        deep = {}
        for _ in range(50):
            deep = {"type": "array", "items": deep}
        for value, word in (({"type": "nonsense"}, "type"), ({"type": "object", "dependentSchemas": {}}, "dependentSchemas"), ("xml", "format"),
                            ({"type": "string", "pattern": "(a+)+(b|c"}, "pattern"), ({"$ref": "#/$defs/a"}, "$ref"),
                            ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "$defs/a"),
                            ({"enum": list(range(1_000_000))}, "")):
            begin = time.monotonic()
            self.refused("/api/generate", schema(value), word)
            self.assertLess(time.monotonic() - begin, 5)
        for value in (deep, {"type": "array", "minItems": 10**9}):
            self.assertEqual(self.post("/api/generate", schema(value))[0], 200)

    def test_one_bad_text_of_a_batch(self):
        status, content = self.post("/api/embed", {"model": "all-minilm", "input": ["good", "word " * 3000], "truncate": False})
        self.assertEqual(status, 200, content[:300])
        answer = json.loads(content)
        self.assertEqual(len(answer["embeddings"][0]), 384)
        self.assertIsNone(answer["embeddings"][1])
        self.assertEqual(answer["errors"][0]["index"], 1)

    def test_an_answer_is_the_same_alone_and_among_others(self):
        bodies = [self.generate(prompt=f"Tell me about the number {i} " + "and more " * (i * 7 % 40), options={"num_predict": 12 + i, "seed": i, "temperature": 1})
                  for i in range(16)]
        alone = [json.loads(self.post("/api/generate", body)[1])["response"] for body in bodies]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            together = [json.loads(content)["response"] for _, content in pool.map(lambda body: self.post("/api/generate", body), bodies * 3)]
        self.assertEqual(together, alone * 3)

    def test_tools(self):
        for tools in ([{"type": "function"}], ["x"], [{"type": "function", "function": {"name": "a\nb"}}], [{"type": "function", "function": {"name": "f", "parameters": 5}}]):
            status, content = self.post("/v1/chat/completions", {**VALID["/v1/chat/completions"], "tools": tools})
            self.assertEqual(status, 400, content[:300])

    def tearDown(self):
        with urllib.request.urlopen(self.server.url + "/health", timeout=5) as answer:
            self.assertEqual(answer.status, 200)


main()
