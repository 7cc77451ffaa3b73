"""The command line itself: help and errors in two languages, colour, pipes, streams that are closed."""
import fcntl
import json
import os
import re
import signal
import subprocess
import unicodedata

from scenario import HANGUL, PROGRAM, Scenario, main
from terminal import Terminal
from tiny_models import Llama

COMMANDS = ("pull list show rm run ask index search embed tokenize tokenizer doctor version verify text bench completions convert new quantize model "
            "feature-extraction fill-mask image-classification next-sentence question-answering rerank sentence-similarity summarization "
            "text2text-generation text-classification sentiment-analysis text-generation token-classification ner translation "
            "zero-shot-classification data hub push lock prune learn look create cp serve key ps stop try").split()


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Help(Scenario):
    def test_no_arguments_show_the_help(self):
        done = self.maru()
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"maru COMMAND", done.stdout)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertEqual(self.maru("--help").stdout, done.stdout)
        self.assertEqual(self.maru("help").stdout, done.stdout)
        listed = re.findall(r"^  ([a-z0-9-]+) {2,}\S", done.stdout.decode(), re.MULTILINE)
        self.assertEqual(sorted(listed), sorted(COMMANDS))

    def test_every_command_has_help_in_both_languages(self):
        for name in COMMANDS:
            with self.subTest(name):
                english, korean = self.maru(name, "--help"), self.maru(name, "--help", LC_ALL="ko_KR.UTF-8")
                self.assertEqual((english.returncode, korean.returncode, english.stderr, korean.stderr), (0, 0, b"", b""))
                english, korean = english.stdout.decode(), korean.stdout.decode()
                self.assertIn("Common", english)
                self.assertIn("공통", korean)
                self.assertNotRegex(english.split("\nExamples\n")[0], HANGUL)
                # The same options in the same order, each explained in the reader's language.
                rows = [re.findall(r"^  (\S+(?: \S+)*?)(?: {2,}(.*))?$", page.split("\nExamples\n")[0].split("\n예\n")[0], re.MULTILINE)
                        for page in (english, korean)]
                labels = [[label for label, _ in page if label.startswith("-")] for page in rows]
                self.assertEqual(labels[0], labels[1])
                for label, about in rows[1]:
                    if label.startswith("-") and about:
                        self.assertRegex(about, HANGUL, label)
                self.assertEqual(self.maru("help", name).stdout.decode(), english)

    def test_pages_are_aligned_and_fit_the_terminal(self):
        for language in ("en", "ko"):
            for name in (None, *COMMANDS):
                for width in (60, 80, 120):
                    page = self.maru(*([name] if name else []), "--help", "--lang", language, COLUMNS=str(width)).stdout.decode()
                    for line in re.split("\nExamples\n|\n예\n|\nTo begin\n|\n처음이라면\n", page)[0].splitlines()[1:]:
                        self.assertLessEqual(columns(line), width, line)
                        self.assertEqual(line, line.rstrip(), line)
                    begins = {columns(match.group(1)) for match in re.finditer(r"^(  -\S.*? {2,})\S", page, re.MULTILINE)}
                    self.assertLessEqual(len(begins), 1, page)

    def test_the_locale_chooses_the_language_whether_installed_or_not(self):
        for names in ({"LANG": "ko_KR.UTF-8"}, {"LC_MESSAGES": "ko_KR.UTF-8"}, {"LC_ALL": "ko"}, {"LANG": "ko_KR.eucKR"},
                      {"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR.UTF-8"}, {"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}):
            self.assertIn("명령", self.maru(**names).stdout.decode(), names)
        for names in ({"LANG": "C"}, {"LANG": "en_US.UTF-8"}, {"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, {"LANG": ""}, {"LANG": "kok_IN"}):
            self.assertIn("COMMAND", self.maru(**names).stdout.decode(), names)
        self.assertIn("명령", self.maru("--lang", "ko", LC_ALL="C").stdout.decode())
        self.assertIn("COMMAND", self.maru("--lang=en", LC_ALL="ko_KR.UTF-8").stdout.decode())

    def test_global_options_stand_before_or_after_the_command(self):
        self.assertEqual(self.maru("--json", "version").stdout, self.maru("version", "--json").stdout)
        self.assertIn("모델", self.maru("--lang", "ko", "list", "--help").stdout.decode())
        self.assertIn("Common", self.maru("list", "--help", "--lang=en", LANG="ko_KR.UTF-8").stdout.decode())
        self.assertEqual(set(self.json("version")), {"version", "build", "compiler", "isa"})
        self.assertEqual(self.maru("--version").stdout, self.maru("version").stdout)

    def test_completions_are_scripts_that_the_shell_can_read(self):
        script = self.maru("completions", "bash").stdout
        self.assertEqual(subprocess.run(["bash", "-n"], input=script, timeout=30).returncode, 0)
        line = b'COMP_WORDS=(maru sea); COMP_CWORD=1; _maru; printf "%s" "${COMPREPLY[@]}"'
        self.assertEqual(subprocess.run(["bash"], input=script + b"\n" + line, capture_output=True, timeout=30).stdout, b"search")


class Errors(Scenario):
    def test_wrong_usage_exits_with_2_and_names_what_is_wrong(self):
        for line, names in (("search c q --k -3", ["--k", "-3"]), ("search c q --k many", ["--k", "many"]), ("search c q --k", ["--k"]),
                            ("search c", ["QUERY"]), ("search c q more", ["more"]), ("run m p --temp hot", ["--temp", "hot"]),
                            ("embed m", ["TEXT"]), ("run", ["MODEL"]), ("index ../up .", ["../up"]), ("index c", ["PATH"]),
                            ("ask c", ["QUESTION"]), ("text", ["PATH"]), ("pull", ["REF"]), ("rm", ["NAME"]), ("list more", ["more"]),
                            ("list --collections=x", ["--collections"]), ("list -z", ["-z"]), ("completions tcsh", ["SHELL", "tcsh"]),
                            ("bench speed", ["WHAT", "speed"])):
            with self.subTest(line):
                self.refuses(*line.split(), code=2, names=names)
        self.refuses("ask", "c", " ", code=2, names=["QUESTION"])
        self.refuses("search", "c", "", code=2, names=["QUERY"])
        self.fails(2, "--lang", "fr", says=["--lang", "fr"])
        self.fails(2, "list", "--lang", "fr", says=["--lang", "fr"])

    def test_what_was_meant_is_guessed(self):
        for arguments, meant in ((["serch"], "maru search"), (["verfy"], "maru verify"), (["sohw"], "maru show"), (["indx"], "maru index"),
                                 (["search", "c", "q", "--kk", "3"], "--k"), (["list", "--colections"], "--collections"),
                                 (["run", "m", "p", "--max-token", "3"], "--max-tokens"), (["run", "m", "p", "--tmep", "0"], "--temp")):
            with self.subTest(arguments):
                self.refuses(*arguments, code=2, names=[meant])
        self.assertNotIn("?", self.fails(2, "xyzzyplugh"))

    def test_errors_are_json_where_json_was_asked_for(self):
        self.assertEqual(self.json("search", "none", "q", code=1)["error"]["kind"], "not_found")
        self.assertEqual(self.json("nonsense", code=2)["error"]["kind"], "usage")
        self.assertIn("--k", self.json("search", "c", "q", "--k", "0", code=2)["error"]["message"])
        done = self.maru("--json", "search", "none", "q")
        self.assertEqual((json.loads(done.stdout)["error"]["kind"], done.stderr), ("not_found", b""))

    def test_text_that_is_not_utf8_is_refused(self):
        done = subprocess.run([PROGRAM.encode(), b"search", b"c", b"\xff\xfe"], capture_output=True, env=self.environment, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"UTF-8", done.stderr)

    def test_what_cannot_be_set_up_is_named(self):
        self.write("tiny.gguf", Llama().bytes())
        for name, value in (("MARU_ISA", "mmx"), ("MARU_THREADS", "0"), ("MARU_THREADS", "many")):
            with self.subTest(name):
                self.refuses("run", "./tiny.gguf", "x", "--max-tokens", "1", code=2, names=[name, value], **{name: value})


class Streams(Scenario):
    def started(self, arguments, before=None, **streams):
        return subprocess.run([PROGRAM, *arguments], env=self.environment, timeout=30, preexec_fn=before,
                              **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams})

    def test_a_reader_that_leaves_ends_the_program_quietly(self):
        for line in ("completions bash | head -1", "completions fish | true", "list | head -0", "doctor | true", "--help | head -c 1"):
            for _ in range(5):
                done = subprocess.run(["bash", "-c", f"set -o pipefail; '{PROGRAM}' {line}"], capture_output=True, env=self.environment,
                                      timeout=30)
                self.assertEqual(done.returncode, 0, line)
                self.assertNotIn(b"maru:", done.stderr, line)

    def test_a_full_standard_output_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        for arguments in (["version"], ["version", "--json"], ["--help"]):
            with open("/dev/full", "wb") as full:
                done = self.started(arguments, stdout=full)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"standard output", done.stderr)

    def test_closed_streams_are_errors_and_never_other_files(self):
        closed = {0: lambda: os.close(0), 1: lambda: os.close(1), 2: lambda: os.close(2), 3: lambda: [os.close(i) for i in (0, 1, 2)]}
        tiny = str(self.write("tiny.gguf", Llama().bytes()))
        self.write("docs/a.txt", "A heron stands in the river.")
        index = ["index", "c", str(self.folder / "docs"), "--lexical-only"]
        self.assertEqual(self.started(["version"], closed[0]).returncode, 0)
        self.assertEqual(self.started(["version"], closed[2]).returncode, 0)
        self.assertEqual(self.started(["nonsense"], closed[2]).returncode, 2)
        self.assertEqual(self.started(["run", tiny], closed[0]).returncode, 1)
        for number in (0, 1, 2, 3):
            self.started(index, closed[number])
            self.assertTrue(self.json("verify", "--collections")["ok"])
            self.maru("rm", "c", "--collections")
        done = self.started(["version"], closed[1])
        self.assertEqual((done.returncode, b"standard output" in done.stderr), (1, True))
        done = self.started(["version", "--json"], closed[1])
        self.assertEqual((done.returncode, b"standard output" in done.stderr), (1, True))
        self.assertEqual(self.started(["run", tiny, "x", "--max-tokens", "1"], closed[3]).returncode, 1)

    def test_colour_is_for_terminals_only(self):
        self.json("pull", f"file:{self.write('tiny.gguf', Llama().bytes())}")
        for arguments in (["list"], ["--help"], ["verify"], ["doctor"]):
            with self.subTest(arguments):
                self.assertNotIn(b"\x1b", self.maru(*arguments, TERM="xterm").stdout)
                bright = Terminal(self.environment, *arguments)
                bright.ends()
                self.assertIn(b"\x1b[", bright.seen)
                for more, names in ((["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})):
                    plain = Terminal(self.environment, *arguments, *more, **names)
                    plain.ends()
                    self.assertNotIn(b"\x1b", plain.seen)
        wrong = Terminal(self.environment, "nonsense")
        self.assertEqual(wrong.ends(), 2)
        self.assertIn(b"\x1b[31mmaru:\x1b[0m", wrong.seen)

    def test_progress_is_a_line_on_a_terminal_and_no_carriage_return_in_a_log(self):
        model = self.write("tiny.gguf", Llama().bytes())
        (self.folder / "home/locks").mkdir(parents=True)
        with open(self.folder / "home/locks/tiny.pull", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            terminal = Terminal(self.environment, "pull", f"file:{model}", columns=40)
            korean = Terminal(self.environment, "pull", f"file:{model}", "--lang", "ko")
            logged = subprocess.Popen([PROGRAM, "pull", f"file:{model}"], env=self.environment, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
            terminal.until("\rwaiting for another maru")
            korean.until("다른 maru를 기다리는 중")
            logged.send_signal(signal.SIGINT)
            output, errors = logged.communicate(timeout=30)
        self.assertEqual((logged.returncode, output, errors), (130, b"", b"maru: stopped\n"))
        self.assertEqual((terminal.ends(), korean.ends()), (0, 0))
        for line in re.findall("waiting[^\r\n]*", terminal.text()):
            self.assertLess(columns(line), 40)
        self.assertTrue(re.search(rb"\r\x1b\[K[^\r\n]*tiny", terminal.seen), terminal.seen)  # the line is taken away before the result


class Machine(Scenario):
    def test_doctor_looks_without_changing_anything(self):
        seen = self.json("doctor")
        self.assertGreaterEqual(seen["threads"], 1)
        self.assertTrue(seen["isa_reason"])
        self.assertEqual({model["name"] for model in seen["models"]}, {"smollm2", "all-minilm"})
        self.assertGreater(seen["memory"]["total"], 0)
        self.assertFalse((self.folder / "home").exists())
        english, korean = self.maru("doctor").stdout.decode(), self.maru("doctor", "--lang", "ko").stdout.decode()
        for word in ("CPU", "instructions", "memory", "disk", "store", "models"):
            self.assertRegex(english, f"(?m)^{word} +\\S")
        self.assertRegex(korean, "이 CPU에는")
        forced = self.maru("doctor", MARU_ISA="baseline").stdout.decode()
        self.assertIn("baseline: MARU_ISA asked for it", forced)


if __name__ == "__main__":
    main()
