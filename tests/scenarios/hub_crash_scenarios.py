"""maru pull killed without warning at every step that its hub can see, and at moments that nobody can: the store is whole, what was fetched
is not fetched again, and the next pull ends well."""
import json
import signal
import time

from hub_scenario import HubScenario
from scenario import main


class Killed(HubScenario):
    def prepared(self, number=0):
        home, (files, _) = self.home(f"home{number}"), self.bert()
        files["tokenizer_config.json"] = b"{}"
        home.hub.model("org/x", files)
        return home, files

    def goes_on(self, home, files, total, before):
        """After the end of a process: nothing half-done is seen, and a second pull brings the rest. `before`: bytes of whole files that
        had certainly arrived."""
        listed = home.json("list")["models"]
        self.assertTrue(home.json("verify")["ok"])
        home.hub.forget()
        home.holds(home.json("pull", "hf:org/x"), files)
        self.assertLessEqual(home.hub.served(), total - before)
        if listed:
            self.assertEqual(home.hub.served(), 0)
        rests = list((home.path / "tmp").glob("*")) + list((home.path / "partials").glob("*.part"))
        self.assertEqual(rests, [], "nothing of the download stays")

    def test_at_each_request(self):
        home, files = self.prepared()
        home.json("pull", "hf:org/x")
        count, total = len(home.hub.requests()), home.hub.served()
        self.assertGreater(count, len(files))

        def run(number, stop):
            home, files = self.prepared(f"-{stop}")
            process = []

            def kill(request):
                if len(home.hub.requests()) >= stop and process:
                    process[0].kill()
            home.hub.hub.listeners.append(kill)
            home.hub.cdn.listeners.append(kill)
            process.append(home.begin("pull", "hf:org/x"))
            process[0].communicate(timeout=60)
            self.assertEqual(process[0].returncode, -signal.SIGKILL)
            home.hub.hub.listeners.clear()
            home.hub.cdn.listeners.clear()
            self.goes_on(home, files, total, 0)
        self.each(list(range(1, count + 1)), run)

    def test_at_a_byte_of_the_weights(self):
        weights = self.gguf(size=8 << 20)

        def run(number, at):
            home, process = self.home(f"home{number}"), []
            home.hub.model("org/x", {"x.gguf": weights})

            def kill(request):
                time.sleep(0.5)  # what has left arrives
                process[0].kill()
                process[0].wait()
            home.hub.faults.add("call", path="x.gguf", server="cdn", first=1, at=at, do=kill)
            process.append(home.begin("pull", "hf:org/x"))
            process[0].communicate(timeout=60)
            self.assertEqual(process[0].returncode, -signal.SIGKILL)
            home.is_empty()
            home.hub.faults.clear()
            self.goes_on(home, {"x.gguf": weights}, len(weights), max(0, at - (1 << 20)))
        self.each([0, 1, 100_000, 2 << 20, 4 << 20, (8 << 20) - 1], run)

    def test_at_moments_that_nobody_chose(self):
        weights = self.gguf(size=2 << 20)

        def run(number, wait):
            home = self.home(f"home{number}")
            home.hub.model("org/x", {"x.gguf": weights, "README.md": b"# x"})
            process = home.begin("pull", "hf:org/x")
            time.sleep(wait)
            process.kill()
            process.communicate(timeout=60)
            self.goes_on(home, {"x.gguf": weights} | ({"README.md": b"# x"} if self.takes_card(home) else {}), len(weights) + 3, 0)
        self.each([0.004 * step for step in range(1, 31)], run)

    def takes_card(self, home):
        plan = home.json("pull", "hf:org/x", "--dry-run")
        return any(file["name"] == "README.md" for file in plan["files"])

    def test_a_polite_end_leaves_what_the_next_one_continues(self):
        weights = self.gguf(size=8 << 20)

        def run(number, wish):
            home, process = self.home(f"home{number}"), []
            home.hub.model("org/x", {"x.gguf": weights})

            def end(request):
                time.sleep(0.5)
                process[0].send_signal(wish)
                process[0].wait(timeout=20)
            home.hub.faults.add("call", path="x.gguf", server="cdn", first=1, at=6 << 20, do=end)
            process.append(home.begin("pull", "hf:org/x"))
            process[0].communicate(timeout=60)
            self.assertNotEqual(process[0].returncode, 0)
            home.is_empty()
            home.hub.faults.clear()
            self.goes_on(home, {"x.gguf": weights}, len(weights), 5 << 20)
        self.each([signal.SIGINT, signal.SIGTERM], run)

    def test_one_of_two_is_killed_and_the_other_ends_well(self):
        weights = self.gguf(size=8 << 20)
        home, running = self.home(), []
        home.hub.model("org/x", {"x.gguf": weights})

        def kill(request):
            time.sleep(0.5)
            running[0].kill()
        home.hub.faults.add("call", path="x.gguf", server="cdn", first=1, at=4 << 20, do=kill)
        running.append(home.begin("pull", "hf:org/x", "--json"))
        while not home.hub.cdn.requests and running[0].poll() is None:
            time.sleep(0.01)
        running.append(home.begin("pull", "hf:org/x", "--json"))
        output, problem = running[1].communicate(timeout=60)
        running[0].communicate()
        self.assertEqual(running[0].returncode, -signal.SIGKILL)
        self.assertEqual(running[1].returncode, 0, problem)
        home.holds(json.loads(output), {"x.gguf": weights})
        self.assertLess(home.hub.served(), len(weights) * 1.75, "the second goes on with what the first had")


if __name__ == "__main__":
    main()
