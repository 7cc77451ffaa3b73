"""maru create, cp and rm killed without warning before each of their changes to the disk: the store is whole, it holds the old or the new
state, and the next command clears what is left."""
import unittest

import killed_at
from scenario import PROGRAM, Scenario, main
from tiny_models import Llama


@unittest.skipUnless(killed_at.CAN, "ptrace is read as x86-64 has it")
class Killed(Scenario):
    def setUp(self):
        super().setUp()
        self.environment.update(MARU_OFFLINE="1", MARU_THREADS="1")
        self.write("base.gguf", Llama().bytes())
        self.write("First", "FROM ./base.gguf\nSYSTEM first\n")
        self.write("Second", "FROM mine\nSYSTEM second\nPARAMETER temperature 0.5\n")
        self.write("Small", "FROM ./base.gguf\nSYSTEM small\n")
        self.home = self.folder / "home"

    def fresh(self):
        """An empty store, then one with the model `mine`."""
        for folder in ("blobs", "models", "views", "tmp", "uploads"):
            for path in sorted((self.home / folder).rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()

    def system_of(self, name):
        return self.json("show", name, "--system")["system"]

    def is_whole(self):
        verified = self.json("verify")
        self.assertTrue(verified["ok"])
        return [model["name"] for model in verified["models"]]

    def clears(self):
        self.json("prune")
        self.assertEqual(list((self.home / "tmp").iterdir()), [])
        named = {file.resolve().name for file in (self.home / "views").rglob("*") if file.is_symlink()}
        blobs = {path.name for path in (self.home / "blobs").iterdir()}
        self.assertEqual(blobs, named, "no blob without a model, no model without its blobs")

    def every_step(self, before, arguments, allowed, again, stride=1):
        """`allowed`: what may be found after the kill; `again`: called for the command's second, whole run."""
        self.json("create", "warm", "-f", "First")  # the store's own folders are there
        self.fresh()
        before()
        steps, _ = killed_at.run([PROGRAM, *arguments], 0, cwd=self.folder, env=self.environment)
        self.assertGreater(len(steps), 3)
        seen = set()
        # Folders that are made one after the other leave the same state.
        for at in [at for at in range(1, len(steps) + 1) if at == 1 or steps[at - 2:at] != ["mkdir", "mkdir"]][::stride]:
            with self.subTest(f"before change {at} of {len(steps)}, {steps[at - 1]}"):
                self.fresh()
                before()
                _, killed = killed_at.run([PROGRAM, *arguments], at, cwd=self.folder, env=self.environment)
                self.assertTrue(killed)
                state = self.is_whole()
                found = {name: self.system_of(name) for name in state}
                self.assertIn(found, allowed)
                seen.add(str(found))
                again(found)
                self.clears()
        self.assertEqual(len(seen), len(allowed), f"both states are seen: {seen}")

    def test_create_from_a_file(self):
        def again(_):
            self.json("create", "mine", "-f", "First")
            self.assertEqual(self.system_of("mine"), "first")
        self.every_step(lambda: None, ["create", "mine", "-f", "First"], [{}, {"mine": "first"}], again, stride=3)

    def test_create_in_place_of_its_own_base(self):
        def again(_):
            self.json("create", "mine", "-f", "Second")
            self.assertEqual(self.system_of("mine"), "second")
        self.every_step(lambda: self.json("create", "mine", "-f", "First"), ["create", "mine", "-f", "Second"],
                        [{"mine": "first"}, {"mine": "second"}], again)

    def test_create_with_quantised_weights(self):
        def again(_):
            self.json("create", "small", "-f", "Small", "-q", "q8_0")
            self.assertEqual(self.system_of("small"), "small")
        self.every_step(lambda: None, ["create", "small", "-f", "Small", "-q", "q8_0"], [{}, {"small": "small"}], again, stride=3)

    def test_remove(self):
        def again(found):
            done = self.maru("rm", "mine")
            self.assertEqual(done.returncode, 0 if found.get("mine") else 1, done.stderr)
        def before():
            self.json("create", "mine", "-f", "First")
            self.json("cp", "mine", "other")
        self.every_step(before, ["rm", "mine"], [{"mine": "first", "other": "first"}, {"other": "first"}], again)


if __name__ == "__main__":
    main()
