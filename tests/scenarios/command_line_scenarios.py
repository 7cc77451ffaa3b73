"""The command line itself: help, options, errors, languages, pipes."""
import os
import subprocess

from scenario import PROGRAM, Scenario, main


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


if __name__ == "__main__":
    main()
