"""maru learn as a learner uses it: a small course with labs of its own, no models. Run as FILE PROGRAM."""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

import scenario
from scenario import Scenario

NODE = """schema: maru.learn/1
id: double
name: {ko: "두 배", en: "Twice"}
domain: math
kind: practice
minutes: 5
prerequisites: [numbers]
objectives: [{ko: "두 배를 센다", en: "Count twice"}]
predict:
  - {id: p1, type: number, ask: {ko: "3의 두 배는?", en: "Twice 3?"}, fact: of_three}
lab: {file: starter.py, solution: solution.py, measure: measure.py, models: [], limits: {seconds: 2, memory_mb: 256}}
checks:
  - id: three
    fact: of_three
    op: "=="
    value: 6
    fail: {ko: "3의 두 배는 6입니다.", en: "Twice 3 is 6."}
    shows: {ko: "6입니다.", en: "It is 6."}
  - {id: cases, fact: right, op: "==", value: 10, fail: {ko: "틀린 것이 있습니다.", en: "Some are wrong."}}
diagnose:
  - when: [{fact: squared, op: "==", value: true}]
    say: {ko: "제곱했습니다.", en: "You squared it."}
    review: [numbers]
hints: [{ko: "하나", en: "one"}, {ko: "둘", en: "two"}, {ko: "셋", en: "three"}]
variants: [{seed: 1}]
after: {ko: "끝.", en: "The end."}
sabotage: [broken]
"""
MEASURE = """import os
import random


def measure(lab, seed):
    draw = random.Random(seed)
    numbers = [draw.randint(3, 99) for _ in range(10)]
    broken = 1 if os.environ.get("MARU_SABOTAGE") == "broken" else 0
    return {"of_three": lab.double(3) + broken, "right": sum(lab.double(n) == 2 * n for n in numbers),
            "squared": all(lab.double(n) == n * n for n in numbers)}
"""
STARTER = "def double(n):\n    return n  # TODO\n"
SOLUTION = "def double(n):\n    return 2 * n\n"
CLAIM = """id: twice_is_more
claim: {ko: "두 배는 언제나 더 크다", en: "Twice is always more"}
also: {ko: ["두 배를 하면 늘 커진다"], en: ["doubling always makes a number larger"]}
verdict: partly
fits: none
experiment: twice.py
checks:
  - {id: up, fact: of_two, op: "==", value: 4, fail: {ko: "아님", en: "no"}, shows: {ko: "4", en: "4"}}
answer: {ko: "2는 {of_two}, -2는 {of_minus_two}이 됩니다.", en: "2 becomes {of_two}, -2 becomes {of_minus_two}."}
nodes: [double]
"""
SNIPPET = """- id: hf_pipeline_basics
  name: "Hugging Face Pipeline 기초"
  prerequisites: [python_basics]
  domain: practical_tools
  
- id: hf_embeddings_similarity
  name: "임베딩과 유사도 측정 실습"
  prerequisites: [dot_product, hf_pipeline_basics]
  domain: practical_tools
"""
KOREAN = {"LC_ALL": "ko_KR.UTF-8"}


class LearnScenario(Scenario):
    def setUp(self):
        super().setUp()
        course = "courses/tiny/"
        self.write(course + "course.yaml", "schema: maru.course/1\nid: tiny\ntitle: {ko: 길, en: Road}\nroad: [numbers, double]\n")
        self.write(course + "graph.yaml", "nodes:\n  - {id: numbers, name: {ko: 수, en: Numbers}, domain: math}\n"
                                          "  - {id: later, prerequisites: [double]}\n")
        self.write(course + "double/node.yaml", NODE)
        for name, text in (("starter.py", STARTER), ("solution.py", SOLUTION), ("measure.py", MEASURE)):
            self.write(course + "double/" + name, text)
        for language in ("ko", "en"):
            self.write(f"{course}double/theory.{language}.md", "# 두 배 Twice\n\nTwo **times** `n`.\n")
        self.write("courses/claims/twice.yaml", CLAIM)
        self.write("courses/claims/twice.py", "def measure(model, seed):\n    return {'of_two': 4, 'of_minus_two': -4}\n")
        self.environment.update(MARU_COURSES=str(self.folder / "courses"), MARU_PYTHON=sys.executable)
        self.environment.pop("MARU_LEARN", None)
        self.lab = self.folder / "maru-learn/double/lab.py"

    def begin(self, text=None):
        self.json("learn", "done", "numbers")
        self.json("learn", "start", "double", "--predict", "p1=5")
        if text is not None:
            self.lab.write_text(text)

    def check(self, text, code=1):
        self.lab.write_text(text)
        return self.json("learn", "check", code=code)


class ALearner(LearnScenario):
    def test_is_led_from_the_first_node_to_the_last(self):
        self.assertEqual(self.json("learn")["next"]["id"], "numbers")
        self.assertEqual(self.json("learn", "done", "numbers")["next"]["id"], "double")
        started = self.json("learn", "start", "double", "--predict", "p1=5")
        self.assertEqual(started["file"], str(self.lab))
        self.assertEqual(self.lab.read_text(), STARTER)
        first = self.json("learn", "check", code=1)
        self.assertEqual([one["pass"] for one in first["checks"]], [False, False])
        self.assertEqual(first["message"], "Twice 3 is 6.")
        self.assertIsNone(first["diagnosis"])
        squared = self.check("def double(n):\n    return n * n\n")
        self.assertEqual((squared["diagnosis"], squared["review"]), ("You squared it.", ["numbers"]))
        done = self.check(SOLUTION, code=0)
        self.assertEqual(done["facts"], {"of_three": 6, "right": 10, "squared": False})
        self.assertEqual(done["predictions"], [{"id": "p1", "predicted": 5, "measured": 6}])
        self.assertEqual((done["mastery"], done["next"]["id"]), (1.0, "later"))
        status = self.json("learn", "status")
        self.assertEqual((status["road"], status["streak_days"]), ({"learnt": 2, "of": 2}, 1))

    def test_reads_korean(self):
        self.begin()
        done = self.maru("learn", "check", **KOREAN)
        text = done.stdout.decode()
        self.assertEqual(done.returncode, 1)
        self.assertIn("3의 두 배는 6입니다.", text)
        self.assertNotRegex(scenario.QUOTED.sub("", text), scenario.ENGLISH)
        self.assertIn("이유: 시작했지만 아직 통과하지 않았습니다", self.maru("learn", **KOREAN).stdout.decode())

    def test_keeps_what_was_written_when_a_node_is_begun_again(self):
        self.begin("mine = 1\n")
        self.assertTrue(self.json("learn", "start", "double")["kept"])
        self.assertEqual(self.lab.read_text(), "mine = 1\n")
        aside = self.json("learn", "reset", "double")["put_aside"]
        self.assertEqual([pathlib.Path(one).read_text() for one in aside], ["mine = 1\n"])

    def test_pays_for_hints_and_the_solution(self):
        self.begin()
        self.assertEqual([self.json("learn", "hint")["text"] for _ in range(4)], ["one", "two", "three", "three"])
        self.assertEqual(self.check(SOLUTION, code=0)["mastery"], 0.6)
        review = self.json("learn", "review", "double")
        self.assertEqual(review["seed"], 1)
        pathlib.Path(review["file"]).write_text(SOLUTION)
        self.assertEqual(self.json("learn", "check")["mastery"], 1.0)
        self.json("learn", "reset", "--all")
        self.json("learn", "start", "double")
        self.assertEqual(self.json("learn", "solution")["solution"], SOLUTION)
        self.assertEqual(self.check(SOLUTION, code=0)["mastery"], 0.3)

    def test_is_offered_again_what_passed_with_much_help_before_a_side_road(self):
        self.write("own.yaml", "- {id: aside, name: Aside}\n")
        self.begin(SOLUTION)
        for _ in range(3):
            self.json("learn", "hint")
        self.json("learn", "check")
        following = self.json("learn", "--graph", "own.yaml")["next"]
        self.assertEqual((following["id"], following["review"]), ("double", True))
        self.assertEqual(self.json("learn", "hint")["hints"], ["one", "two", "three"])  # they cost nothing any more

    def test_reads_what_to_type_as_it_was_typed(self):
        shown = self.maru("learn", MARU_CALLED="./run").stdout.decode()
        self.assertIn("Road\n2 nodes", shown)  # the first time only
        self.assertIn("./run learn done numbers", shown)
        self.begin()
        again = self.maru("learn").stdout.decode()
        self.assertNotIn("nodes", again)
        self.assertIn("  maru learn check double", again)

    def test_is_shown_what_checks_show_only_when_all_hold(self):
        self.begin("def double(n):\n    return 6\n")
        self.assertNotIn("It is 6.", self.maru("learn", "check").stdout.decode())
        self.lab.write_text(SOLUTION)
        self.assertIn("It is 6.", self.maru("learn", "check").stdout.decode())

    def test_sees_the_verdict_within_a_second_of_a_save(self):
        self.begin()
        watching = subprocess.Popen([scenario.PROGRAM, "learn", "check", "--watch", "--json"], cwd=self.folder, env=self.environment,
                                    stdout=subprocess.PIPE)
        self.addCleanup(watching.stdout.close)
        self.addCleanup(watching.kill)
        self.assertFalse(json.loads(watching.stdout.readline())["pass"])
        took = []
        for text in ("def double(n):\n    return n * n\n", SOLUTION):
            time.sleep(0.3)
            saved = self.lab.with_suffix(".new")
            saved.write_text(text)
            begin = time.monotonic()
            saved.rename(self.lab)
            verdict = json.loads(watching.stdout.readline())
            took.append(time.monotonic() - begin)
        self.assertTrue(verdict["pass"])
        self.assertEqual(watching.wait(10), 0)
        self.assertLess(min(took), 1, took)  # the better of two: the machine may be busy

    def test_is_told_the_line_of_a_mistake(self):
        self.begin()
        for text, kind, line in (("def double(n):\n    return n +\n", "SyntaxError", 2),
                                 ("def double(n):\n    x = 1\n    return m\n", "NameError", 3),
                                 ("print('hello')\nimport sys\nsys.exit(3)\n", "SystemExit", 3),
                                 ("def double(n):\n    while True: pass\n", "TooSlow", 2),
                                 ("def double(n):\n    return [0] * 10**10\n", "MemoryError", 2)):
            trouble = self.check(text)["trouble"]
            self.assertEqual((trouble["type"], trouble["line"], trouble["in_lab"]), (kind, line, True), text)
        self.assertEqual(self.check("import os\nos._exit(0)\n")["trouble"]["type"], "exit 0")
        self.assertIn("hello", self.check("print('hello')\n" + STARTER)["printed"])

    def test_has_a_lab_without_network_and_without_other_processes(self):
        self.begin()
        for text in ("import socket\nsocket.socket(socket.AF_INET)\n", "import socket\nsocket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n",
                     "import os\nos.fork()\n", "import subprocess\nsubprocess.run(['true'])\n"):
            self.assertEqual(self.check(text + SOLUTION)["trouble"]["type"], "PermissionError", text)
        self.assertEqual(self.check("open('big', 'wb').truncate(1 << 30)\n" + SOLUTION)["trouble"]["type"], "OSError")
        threads = "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\n"
        self.assertIn("filter", self.check(threads + SOLUTION, code=0)["network"])

    def test_loses_nothing_to_kill_9(self):
        self.begin(SOLUTION)
        journal = self.folder / "home/learn.jsonl"
        before = 0
        for delay in range(12):
            child = subprocess.Popen([scenario.PROGRAM, "learn", "check", "--json"], cwd=self.folder, env=self.environment,
                                     stdout=subprocess.DEVNULL)
            time.sleep(0.01 + delay * 0.02)
            child.send_signal(signal.SIGKILL)
            child.wait()
            events = [json.loads(line) for line in journal.read_text().splitlines()]
            self.assertGreaterEqual(len(events), before)
            before = len(events)
        with journal.open("a") as file:
            file.write('{"t":"2026-01-01T00:0')
        self.assertIn("the last line is torn", self.maru("learn").stderr.decode())
        self.json("learn", "done", "later")
        self.assertEqual(len(journal.read_text().splitlines()), before + 2)

    def test_takes_the_page_of_facts_home(self):
        self.begin()
        self.check(SOLUTION, code=0)
        self.assertEqual(self.json("learn", "export", "page.html")["passes"], 1)
        page = (self.folder / "page.html").read_text()
        self.assertIn("of_three", page)
        self.assertNotIn("http://", page.replace("http://www.w3.org/2000/svg", ""))

    def test_is_placed_by_answers(self):
        done = self.json("learn", "place", stdin="6\n")
        self.assertEqual((done["known"], done["next"]["id"]), (["double", "numbers"], "later"))
        self.json("learn", "reset", "--all")
        self.assertEqual(self.json("learn", "place", stdin="7\n")["known"], [])


class AGraph(LearnScenario):
    def test_of_the_conversation_loads_unchanged_beside_ones_own(self):
        self.write("home/learn/snippet.yaml", SNIPPET)
        self.write("home/learn/own.yaml", "- {id: python_basics}\n- {id: dot_product, domain: math}\n")
        report = self.json("learn", "check-graph")
        self.assertEqual((report["problems"], report["nodes"]), ([], 7))
        path = self.json("learn", "path", "hf_embeddings_similarity")["path"]
        self.assertEqual({one["id"] for one in path},
                         {"python_basics", "dot_product", "hf_pipeline_basics", "hf_embeddings_similarity"})
        self.assertEqual(path[-1]["id"], "hf_embeddings_similarity")
        edges = self.json("learn", "map")["edges"]
        self.assertIn({"from": "dot_product", "to": "hf_embeddings_similarity", "kind": "theory_to_practice"}, edges)

    def test_with_problems_is_told_line_by_line(self):
        bad = self.write("bad.yaml", "- id: one\n  prerequisites: [two]\n- id: two\n  prerequisites: [one]\n"
                                     "- id: three\n  prerequisites: [nowhere]\n- id: three\n")
        report = self.json("learn", "check-graph", bad, code=1)
        self.assertEqual([(one["kind"], one["line"]) for one in report["problems"]], [("duplicate", 7), ("missing", 6), ("cycle", 1)])
        said = self.maru("learn", "check-graph", bad, **KOREAN).stdout.decode()
        self.assertIn("one → two → one", said)
        self.assertIn("bad.yaml:6:", said)
        self.assertEqual(self.json("learn")["next"]["id"], "numbers")

    def test_is_edited_without_losing_a_comment(self):
        own = self.write("own.yaml", "# mine\n- id: one  # first\n  name: One\n# end\n")
        self.json("learn", "add", "two", "--name", "둘", "--prerequisites", "one, double", "--domain", "math", "--to", own)
        self.assertEqual(own.read_text(), '# mine\n- id: one  # first\n  name: One\n# end\n- id: two\n  name: "둘"\n'
                                          '  prerequisites: [one, double]\n  domain: "math"\n')
        self.assertEqual(self.json("learn", "check-graph", own)["problems"], [])
        self.refuses("learn", "add", "two", "--graph", own, names=["two"])
        self.refuses("learn", "path", "doubel", says=["did you mean double?"])

    def test_of_ten_thousand_nodes_opens_quickly(self):
        needs = ["", *(f"n{i // 2}" for i in range(1, 10_000))]
        own = self.write("big.yaml", "".join(f"- id: n{i}\n  name: Node {i}\n  prerequisites: [{need}]\n  domain: math\n"
                                             for i, need in enumerate(needs)))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertEqual(self.json("learn", "--graph", own)["next"]["id"], "numbers")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1)  # its own time: the machine may be busy

    def test_is_drawn_in_every_form(self):
        self.assertIn("n_numbers ==> n_double", self.maru("learn", "map", "--format", "mermaid").stdout.decode())
        self.assertIn('"numbers" -> "double" [style=bold', self.maru("learn", "map", "--format", "dot").stdout.decode())
        self.assertTrue(self.maru("learn", "map", "--format", "svg").stdout.startswith(b"<svg"))
        self.assertIn("╘═", self.maru("learn", "map").stdout.decode())


class ACourse(LearnScenario):
    def test_tests_itself(self):
        report = self.json("learn", "verify", "--all")
        self.assertEqual((report["pass"], report["problems"]), (True, []))
        kinds = sorted(one["kind"] for one in report["trials"])
        self.assertEqual(kinds, ["claim", "sabotaged", "solution", "solution", "starter", "starter"])

    def test_is_found_wrong_where_it_is(self):
        self.write("courses/tiny/double/starter.py", SOLUTION)
        self.write("courses/tiny/double/theory.en.md", "# Twice\n\n## More\n")
        report = self.json("learn", "verify", "--all", code=1)
        self.assertEqual({(one["kind"], one["message"]) for one in report["trials"] if not one["right"]},
                         {("starter", "the starter passes")})
        self.assertIn("2 in English", report["problems"][0])
        self.write("courses/tiny/double/measure.py", MEASURE.replace("+ broken", ""))
        trials = self.json("learn", "verify", "double", "--sabotage", code=1)["trials"]
        wrong = [one for one in trials if one["kind"] == "sabotaged"]
        self.assertFalse(wrong[0]["right"])

    def test_settles_a_claim(self):
        for words in ("두 배는 언제나 더 크다", "두 배를 하면 항상 커지나요", "doubling a number always makes it larger"):
            found = self.json("learn", "claim", words)
            self.assertEqual((found["found"]["id"], found["verdict"], found["answer"]),
                             ("twice_is_more", "partly", "2 becomes 4, -2 becomes -4."), words)
        self.assertIsNone(self.json("learn", "claim", "고양이는 우유를 좋아한다", code=1)["found"])


if __name__ == "__main__":
    scenario.main()
