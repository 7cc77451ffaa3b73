"""Collections and documents: kept level with the disk, whole after every interruption, quoted exactly."""
import pathlib
import signal
import subprocess
import time

from scenario import PROGRAM, Scenario, main


class Collections(Scenario):
    def test_a_database_of_someone_else_is_not_touched(self):
        path = self.folder / "home" / "collections" / "c.db"
        content = b"not a database" * 100
        self.write("home/collections/c.db", content)
        self.write("docs/a.txt", "Some words here.")
        self.fails(1, "search", "c", "words", "--lexical-only", says=["c.db"], within=1)
        self.fails(1, "index", "c", self.folder / "docs", "--lexical-only", says=["c.db"], within=1)
        self.assertEqual(path.read_bytes(), content)

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


if __name__ == "__main__":
    main()
