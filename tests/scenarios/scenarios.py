"""Runs the built program as people and scripts do: exit codes, JSON, hostile files, crashes, a terminal.

Usage: scenarios.py PROGRAM [unittest arguments].  Needs only the standard library. Scenarios that need models read
MARU_TEST_SMOLLM2 (a GGUF file) and MARU_TEST_MINILM (a model folder), and say so when these are not set.
"""
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
SMOLLM2 = os.environ.get("MARU_TEST_SMOLLM2", "")
MINILM = os.environ.get("MARU_TEST_MINILM", "")
needs_smollm2 = unittest.skipUnless(SMOLLM2, "MARU_TEST_SMOLLM2 is not set")
needs_minilm = unittest.skipUnless(MINILM, "MARU_TEST_MINILM is not set")


class Scenario(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="maru-scenario-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ("LANG", "LC_ALL", "LC_MESSAGES", "COLUMNS", "NO_COLOR")}
        self.environment["MARU_HOME"] = str(self.folder / "home")

    def maru(self, *arguments, stdin="", timeout=120, **environment):
        return subprocess.run([PROGRAM, *map(str, arguments)], input=stdin.encode() if isinstance(stdin, str) else stdin, capture_output=True,
                              timeout=timeout, env={**self.environment, **environment}, cwd=self.folder)

    def json(self, *arguments, code=0, **more):
        done = self.maru(*arguments, "--json", **more)
        self.assertEqual(done.returncode, code, done.stdout[-2000:] + done.stderr[-2000:])
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 1, done.stdout[:500])
        return json.loads(lines[0])

    def fails(self, code, *arguments, says=(), within=None, **more):
        begin = time.monotonic()
        done = self.maru(*arguments, **more)
        took = time.monotonic() - begin
        message = done.stderr.decode()
        self.assertEqual(done.returncode, code, message)
        self.assertEqual(done.stdout, b"")
        for word in says:
            self.assertIn(word, message)
        if within:
            self.assertLess(took, within, message)
        return message

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


class CommandLine(Scenario):
    def test_no_arguments_show_the_help(self):
        done = self.maru()
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"maru COMMAND", done.stdout)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_every_command_has_help_in_both_languages(self):
        for name in "pull list show rm run ask index search embed tokenize doctor version verify text bench completions".split():
            english, korean = self.maru(name, "--help"), self.maru(name, "--help", LC_ALL="ko_KR.UTF-8")
            self.assertEqual((english.returncode, korean.returncode), (0, 0))
            self.assertIn("Common", english.stdout.decode())
            self.assertIn("공통", korean.stdout.decode())
            self.assertEqual(self.maru("help", name).stdout, english.stdout)

    def test_global_options_stand_before_or_after_the_command(self):
        self.assertEqual(self.maru("--json", "version").stdout, self.maru("version", "--json").stdout)
        self.assertIn("모델", self.maru("--lang", "ko", "list", "--help").stdout.decode())
        self.assertIn("Common", self.maru("list", "--help", "--lang=en", LANG="ko_KR.UTF-8").stdout.decode())

    def test_wrong_usage_exits_with_2_and_names_what_is_wrong(self):
        self.fails(2, "serch", says=["serch", "maru search"])
        self.fails(2, "search", "c", "q", "--k", "-3", says=["--k", "-3"])
        self.fails(2, "search", "c", "q", "--k", "many", says=["--k", "many"])
        self.fails(2, "search", "c", says=["QUERY"])
        self.fails(2, "search", "c", "q", "more", says=["more"])
        self.fails(2, "search", "c", "q", "--kk", says=["--kk", "--k"])
        self.fails(2, "run", "m", "p", "--temp", "hot", says=["--temp", "hot"])
        self.fails(2, "embed", "m", says=["TEXT"])
        self.fails(2, "index", "../up", self.folder, says=["../up"])
        self.fails(2, "--lang", "fr", says=["--lang", "fr"])

    def test_errors_are_json_where_json_was_asked_for(self):
        self.assertEqual(self.json("search", "none", "q", code=1)["error"]["kind"], "not_found")
        self.assertEqual(self.json("nonsense", code=2)["error"]["kind"], "usage")
        self.assertIn("--k", self.json("search", "c", "q", "--k", "0", code=2)["error"]["message"])

    def test_a_reader_that_leaves_ends_the_program_quietly(self):
        done = subprocess.run(["sh", "-c", f"'{PROGRAM}' completions bash | head -1; '{PROGRAM}' completions fish | true"],
                              capture_output=True, env=self.environment, timeout=30)
        self.assertEqual(done.stderr, b"")

    def test_a_full_standard_output_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "version"], stdout=full, stderr=subprocess.PIPE, env=self.environment, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)

    def test_completions_are_scripts_that_the_shell_can_read(self):
        script = self.maru("completions", "bash").stdout
        self.assertEqual(subprocess.run(["bash", "-n"], input=script, timeout=30).returncode, 0)
        line = b'COMP_WORDS=(maru se); COMP_CWORD=1; _maru; printf "%s" "${COMPREPLY[@]}"'
        self.assertEqual(subprocess.run(["bash"], input=script + b"\n" + line, capture_output=True, timeout=30).stdout, b"search")

    def test_doctor_looks_without_changing_anything(self):
        seen = self.json("doctor")
        self.assertGreaterEqual(seen["threads"], 1)
        self.assertTrue(seen["isa_reason"])
        self.assertEqual({model["name"] for model in seen["models"]}, {"smollm2", "all-minilm"})
        self.assertEqual(self.maru("doctor", "--lang", "ko").returncode, 0)

    def test_text_that_is_not_utf8_is_refused(self):
        done = subprocess.run([PROGRAM.encode(), b"search", b"c", b"\xff\xfe"], capture_output=True, env=self.environment, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"UTF-8", done.stderr)


def gguf(version=3, tensors=0, keys=(), magic=b"GGUF", tail=b""):
    def text(value):
        return struct.pack("<Q", len(value)) + value
    out = magic + struct.pack("<IQQ", version, tensors, len(keys))
    for name, kind, value in keys:
        out += text(name) + struct.pack("<I", kind) + value
    return out + tail


class HostileFiles(Scenario):
    def test_broken_models_are_named_within_a_second(self):
        cases = {
            "empty.gguf": b"",
            "magic.gguf": gguf(magic=b"GGXX"),
            "version.gguf": gguf(version=99),
            "short.gguf": gguf()[:10],
            "many-tensors.gguf": gguf(tensors=2**60),
            "many-keys.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 2**62),
            "long-key.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**63) + b"x",
            "kind.gguf": gguf(keys=[(b"a", 77, b"")]),
            "empty.safetensors": b"",
            "long.safetensors": struct.pack("<Q", 2**63) + b"{}",
            "notjson.safetensors": struct.pack("<Q", 4) + b"abcd",
        }
        for name, content in cases.items():
            path = self.write(name, content)
            with self.subTest(name):
                self.fails(1, "tokenize", path, "x", says=[name], within=1)
                self.fails(1, "run", path, "x", says=[name], within=1)
                self.fails(1, "show", path, says=[name], within=1)

    def test_a_fifo_is_refused_at_once(self):
        path = self.folder / "pipe.gguf"
        os.mkfifo(path)
        self.fails(1, "run", path, "x", says=["pipe.gguf"], within=1)
        document = self.folder / "pipe.txt"
        os.mkfifo(document)
        self.fails(1, "text", document, says=["pipe.txt"], within=1)
        self.fails(1, "index", "c", document, "--lexical-only", says=["pipe.txt"], within=1)
        self.assertEqual(self.json("list", "--collections"), {"collections": []})

    def test_a_pdf_that_is_not_one_is_named(self):
        path = self.write("report.pdf", "this is no pdf")
        self.fails(1, "text", path, says=["report.pdf"], within=2)

    def test_a_folder_without_documents_leaves_nothing_behind(self):
        empty = self.folder / "nothing"
        empty.mkdir()
        for arguments in (["index", "c", empty, "--lexical-only"], ["index", "c", empty], ["ask", empty, "what?", "--lexical-only"]):
            self.fails(1, *arguments, says=["nothing"], within=1)
        self.fails(1, "index", "c", self.folder / "missing", says=["missing"], within=1)
        self.assertEqual(self.json("list", "--collections"), {"collections": []})

    def test_a_database_of_someone_else_is_not_touched(self):
        path = self.folder / "home" / "collections" / "c.db"
        content = b"not a database" * 100
        self.write("home/collections/c.db", content)
        self.write("docs/a.txt", "Some words here.")
        self.fails(1, "search", "c", "words", "--lexical-only", says=["c.db"], within=1)
        self.fails(1, "index", "c", self.folder / "docs", "--lexical-only", says=["c.db"], within=1)
        self.assertEqual(path.read_bytes(), content)

    @needs_smollm2
    def test_a_truncated_model_is_named_and_flipped_bytes_are_found(self):
        whole = pathlib.Path(SMOLLM2).read_bytes()
        for size in (24, 1000, 100_000, len(whole) // 2, len(whole) - 1):
            with self.subTest(size):
                self.fails(1, "run", self.write("cut.gguf", whole[:size]), "x", says=["cut.gguf"], within=1)
        model = self.write("model.gguf", whole)
        self.assertEqual(self.json("pull", f"file:{model}", "--name", "mine")["name"], "mine")
        self.assertTrue(self.json("verify", "mine")["ok"])
        blob = max((self.folder / "home" / "blobs").iterdir(), key=lambda one: one.stat().st_size)
        os.chmod(blob, 0o644)
        with open(blob, "r+b") as file:
            file.seek(len(whole) // 2)
            byte = file.read(1)
            file.seek(len(whole) // 2)
            file.write(bytes([byte[0] ^ 1]))
        self.assertFalse(self.json("verify", "mine", code=1)["ok"])

    @needs_smollm2
    def test_a_full_disk_corrupts_nothing(self):
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting a tmpfs is not permitted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(small)])
        self.fails(1, "pull", f"file:{SMOLLM2}", MARU_HOME=str(small / "home"), within=2)
        self.assertEqual(self.json("list", MARU_HOME=str(small / "home")), {"models": []})
        self.write("docs/long.txt", "\n\n".join(f"Paragraph {i} speaks of thing number {i * 7}." for i in range(100_000)))
        self.fails(1, "index", "c", self.folder / "docs", "--lexical-only", MARU_HOME=str(small / "home"))
        self.maru("rm", "--collections", "c", MARU_HOME=str(small / "home"))
        self.write("few/a.txt", "A heron stands in the river.")
        self.json("index", "c", self.folder / "few", "--lexical-only", MARU_HOME=str(small / "home"))
        self.assertEqual(len(self.json("search", "c", "heron", "--lexical-only", MARU_HOME=str(small / "home"))["results"]), 1)


class Collections(Scenario):
    def found(self, query, *more):
        return [pathlib.Path(hit["path"]).name for hit in self.json("search", "c", query, "--lexical-only", *more)["results"]]

    def index(self, *more):
        return self.json("index", "c", self.folder / "docs", "--lexical-only", *more)

    def test_edits_and_deletions_are_followed(self):
        self.write("docs/heron.txt", "The heron waits in the shallow river.")
        self.write("docs/owl.md", "# Owls\n\nAn owl hunts at night.")
        first = self.index()
        self.assertEqual((first["added"], first["files"]), (2, 2))
        self.assertEqual(self.found("owl"), ["owl.md"])
        again = self.index()
        self.assertEqual((again["added"], again["changed"], again["embedded"], again["unchanged"]), (0, 0, 0, 2))
        self.write("docs/owl.md", "# Owls\n\nA kestrel hovers by day.")
        self.assertEqual(self.index()["changed"], 1)
        self.assertEqual((self.found("hunts night"), self.found("kestrel")), ([], ["owl.md"]))
        (self.folder / "docs/heron.txt").unlink()
        self.assertEqual(self.found("heron"), [])
        self.assertEqual(self.index()["removed"], 1)
        self.assertEqual(len(self.json("show", "c", "--collections")["documents"]), 1)
        self.assertEqual(self.json("rm", "c", "--collections")["removed"], ["c"])
        self.assertEqual(self.json("list", "--collections"), {"collections": []})

    def test_every_result_is_the_text_at_its_offsets(self):
        self.write("docs/한글.txt", "가나다라 마바사.\n\n온돌은 방바닥을 데우는 난방이다. 😀 The end of it.\n\n" + "e\u0301clair 온돌 " * 40)
        self.write("docs/page.html", "<html><body><h1>Heat</h1><p>온돌 &amp; stove</p><pre>a\n  b</pre></body></html>")
        self.index()
        results = self.json("search", "c", "온돌", "--lexical-only")["results"]
        self.assertGreaterEqual(len(results), 2)
        for hit in results:
            text = self.maru("text", hit["path"]).stdout.decode()
            self.assertEqual(text[hit["start"]:hit["end"]], hit["text"])

    def test_killed_in_the_middle_it_opens_and_resumes(self):
        for i in range(400):
            self.write(f"docs/{i:03}.txt", "\n\n".join(f"Note {i} paragraph {j} about topic{i} and more words." for j in range(60)))
        for wait in (0.05, 0.15, 0.4):
            running = subprocess.Popen([PROGRAM, "index", "c", str(self.folder / "docs"), "--lexical-only"], env=self.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            running.kill()
            running.wait()
        done = self.index()
        self.assertEqual(done["files"], 400)
        self.assertEqual(done["added"] + done["unchanged"] + done["changed"], 400)
        self.assertEqual(self.found("topic399")[0], "399.txt")
        self.assertTrue(self.json("verify", "--collections")["ok"])

    def test_control_c_leaves_a_collection_that_resumes(self):
        for i in range(400):
            self.write(f"docs/{i:03}.txt", "\n\n".join(f"Note {i} paragraph {j} about topic{i} and more words." for j in range(60)))
        running = subprocess.Popen([PROGRAM, "index", "c", str(self.folder / "docs"), "--lexical-only"], env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.15)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
        self.assertIn(running.returncode, (130, 0))
        self.assertEqual(self.index()["files"], 400)

    def test_asking_a_folder_quotes_its_sources_exactly(self):
        self.write("docs/bridge.txt", "The old bridge of Sokcho was built in 1963 from granite. It carries two lanes.\n\nBread is baked from flour.")
        answer = self.json("ask", self.folder / "docs", "When was the old bridge of Sokcho built?", "--lexical-only", "--quote")
        self.assertIn("1963", answer["answer"])
        self.assertTrue(answer["citations"])
        for citation in answer["citations"]:
            text = self.maru("text", citation["path"]).stdout.decode()
            self.assertEqual(text[citation["start"]:citation["end"]], citation["quote"])
            self.assertEqual(set(citation) & {"n", "path", "page", "start", "end", "quote", "support"}, {"n", "path", "page", "start", "end", "quote", "support"})
        for part in ("retrieval", "budget", "timings"):
            self.assertIn(part, answer)
        self.assertEqual(len(self.json("list", "--collections")["collections"]), 1)
        self.json("ask", self.folder / "docs", "What is bread baked from?", "--lexical-only", "--quote")
        self.assertEqual(len(self.json("list", "--collections")["collections"]), 1)

    def test_a_korean_question_is_answered_in_quotes(self):
        self.write("docs/다리.txt", "속초의 옛 다리는 1963년에 화강암으로 지어졌다. 차로가 두 개다.\n\n빵은 밀가루로 굽는다.")
        answer = self.json("ask", self.folder / "docs", "속초의 옛 다리는 언제 지어졌나요?", "--lexical-only", "--quote")
        self.assertIn("1963", answer["answer"])

    def test_an_unrelated_question_is_refused(self):
        self.write("docs/bridge.txt", "The old bridge of Sokcho was built in 1963 from granite. It carries two lanes.")
        answer = self.json("ask", self.folder / "docs", "Who composed the opera Tosca?", "--lexical-only", "--quote")
        self.assertEqual(answer["citations"], [])


class Models(Scenario):
    @needs_minilm
    def test_embed_gives_the_documented_json(self):
        given = ["a cat", "line\nbreak and \u0000 nothing", "word " * 400]
        out = self.json("embed", MINILM, "--stdin-json", stdin=json.dumps(given))
        self.assertEqual(out["dimensions"], 384)
        self.assertEqual([len(vector) for vector in out["embeddings"]], [384] * 3)
        self.assertEqual((out["tokens"][2], out["truncated"][:2]), (256, [0, 0]))
        self.assertEqual(out["tokens"][2] + out["truncated"][2], 402)
        alone = self.json("embed", MINILM, "a cat")["embeddings"][0]
        self.assertLess(max(abs(x - y) for x, y in zip(alone, out["embeddings"][0])), 1e-6)
        self.assertEqual(self.json("embed", MINILM, "--stdin-json", stdin="[]")["embeddings"], [])
        self.fails(1, "embed", MINILM, "--stdin-json", stdin="{}", says=["array"])
        self.fails(1, "embed", MINILM, "--stdin-json", stdin="[1]", says=["element 0"])
        self.fails(1, "embed", MINILM, "--stdin-json", stdin="[", says=["standard input"])

    @needs_minilm
    def test_tokenize_gives_the_documented_json(self):
        one = self.json("tokenize", MINILM, "Hello [a,b]")
        self.assertEqual(one["tokens"], ["[CLS]", "hello", "[", "a", ",", "b", "]", "[SEP]"])
        self.assertEqual(one["offsets"][1], [0, 5])
        bare = self.json("tokenize", MINILM, "Hello", "--no-special")
        self.assertEqual(bare["tokens"], ["hello"])
        many = self.json("tokenize", MINILM, "--stdin-json", stdin='["Hello","word"]')
        self.assertEqual([len(entry["ids"]) for entry in many], [3, 3])
        self.assertEqual(len(self.json("tokenize", MINILM, "word " * 400)["ids"]), 402)

    @needs_minilm
    def test_meaning_is_searched_and_unchanged_files_are_not_embedded_again(self):
        self.write("docs/a.txt", "The physician examined the sick child at the clinic.")
        self.write("docs/b.txt", "Granite bridges need few repairs.")
        first = self.json("index", "c", self.folder / "docs", "--embedder", MINILM)
        self.assertEqual(first["embedded"], 2)
        self.assertEqual(self.json("index", "c", self.folder / "docs")["embedded"], 0)
        results = self.json("search", "c", "doctor in a hospital")["results"]
        self.assertTrue(results[0]["path"].endswith("a.txt"))
        self.assertIn("score", results[0])

    @needs_smollm2
    def test_run_answers_once_from_arguments_and_from_standard_input(self):
        first = self.json("run", SMOLLM2, "Name a river.", "--temp", "0", "--max-tokens", "8")
        self.assertTrue(first["text"])
        self.assertLessEqual(first["tokens"], 8)
        piped = self.json("run", SMOLLM2, "--temp", "0", "--max-tokens", "8", stdin="Name a river.\n")
        self.assertEqual(first["text"], piped["text"])
        plain = self.maru("run", SMOLLM2, "Name a river.", "--temp", "0", "--max-tokens", "8")
        self.assertEqual(plain.stdout.decode().rstrip("\n"), first["text"].rstrip("\n"))
        self.fails(1, "run", SMOLLM2, "word " * 20_000, "--max-tokens", "8", says=["8192"])

    @needs_smollm2
    def test_chat_in_a_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(self.environment, TERM="xterm", MARU_HOME=self.environment["MARU_HOME"])
            os.environ.pop("LANG", None)
            os.execv(PROGRAM, [PROGRAM, "run", SMOLLM2, "--temp", "0", "--max-tokens", "24"])
        seen = b""
        read = 0

        def until(text, seconds=30):
            nonlocal seen, read
            end = time.monotonic() + seconds
            while (at := seen.find(text.encode(), read)) < 0:
                self.assertLess(time.monotonic(), end, f"waiting for {text!r}: {seen[-800:]!r}")
                if select.select([terminal], [], [], 0.2)[0]:
                    seen += os.read(terminal, 65536)
            read = at + len(text.encode())

        def send(text):
            os.write(terminal, text.encode())
        try:
            until("/help")
            until("> ")
            send("/help\r")
            until("/system")
            send("/set max-tokens 12\r")
            until("max-tokens = 12")
            send('"""\r')
            send("안녕하세요\r")
            send('한글"""\r')
            until("\n> ", 60)
            send("half a line\x03")
            until("Ctrl-C")
            send("/clear\r")
            until("forgotten")
            send("/exit\r")
            status = os.waitpid(pid, 0)[1]
            self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        finally:
            os.close(terminal)
        history = (self.folder / "home/history").read_text()
        self.assertIn("/help", history)


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        sys.exit("usage: scenarios.py PROGRAM")
    for name, path in (("MARU_TEST_SMOLLM2", SMOLLM2), ("MARU_TEST_MINILM", MINILM)):
        if path and not os.path.exists(path):
            sys.exit(f"{name}: {path} does not exist")
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=1)
