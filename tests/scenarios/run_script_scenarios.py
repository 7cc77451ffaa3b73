"""./run install and uninstall, in a copy of the clone where the program is built already. Run as FILE PROGRAM."""
import pathlib
import shutil
import subprocess

from scenario import PROGRAM, Scenario, main

HERE = pathlib.Path(__file__).resolve().parents[2]
NOTHING_TO_BUILD = "build maru_program: phony\n"


class TheRunScript(Scenario):
    def setUp(self):
        super().setUp()
        self.clone, self.person = self.folder / "clone", self.folder / "person"
        (self.clone / "build/release").mkdir(parents=True)
        self.person.mkdir()
        shutil.copy(HERE / "run", self.clone)
        for name in ("tools", "courses"):
            shutil.copytree(HERE / name, self.clone / name)
        shutil.copy(PROGRAM, self.clone / "build/release/maru")
        (self.clone / "build/release/build.ninja").write_text(NOTHING_TO_BUILD)
        (self.clone / "build/setup.stamp").touch()

    def run_script(self, *arguments):
        environment = {**self.environment, "HOME": str(self.person), "MARU_HOME": str(self.person / ".maru")}
        done = subprocess.run(["./run", *arguments], cwd=self.clone, env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("command not found", done.stderr)
        return done.stdout + done.stderr

    def installed(self):
        return sorted(str(path.relative_to(self.person)) for path in self.person.rglob("*") if path.is_file())

    def test_installs_what_learning_needs_and_takes_all_of_it_away(self):
        self.assertIn("./run learn", self.run_script("learn"))
        before = self.installed()
        self.run_script("install")
        self.assertIn(".local/share/maru/courses/first_road/course.yaml", self.installed())
        program = self.person / ".local/bin/maru"
        said = subprocess.run([program, "learn"], env={**self.environment, "HOME": str(self.person)}, capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("  maru learn start python_basics", said.stdout)
        self.run_script("uninstall")
        self.assertEqual(self.installed(), before)


if __name__ == "__main__":
    main()
