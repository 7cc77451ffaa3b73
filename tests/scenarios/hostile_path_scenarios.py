"""What is given for a model is no regular file, may not be read, leads nowhere, or is no path at all."""
import os
import socket

from scenario import Scenario, main
from tiny_models import Bert, Llama

WHOLE = Llama().bytes()


class HostilePaths(Scenario):
    def everywhere(self, given, says, code=1):
        reference = f"file:{given}"
        self.refuses("run", given, "x", names=says, code=code)
        for command in (["embed", given, "x"], ["tokenize", given, "x"], ["show", given]):
            self.fails(code, *command, says=says, within=1)
        self.fails(code, "pull", reference, "--name", "x", says=says, within=1)
        self.fails(code, "search", "c", "q", "--embedder", given, says=says, within=1)
        self.fails(code, "ask", "c", "heron?", "--lexical-only", "--model", given, says=says, within=1)

    def setUp(self):
        super().setUp()
        self.write("docs/a.txt", "A heron stands in the river.")
        self.json("index", "c", self.folder / "docs", "--lexical-only")

    def test_what_is_no_regular_file_is_refused_at_once(self):
        os.mkfifo(self.folder / "fifo.gguf")
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(str(self.folder / "socket.gguf"))
        for given in (self.folder / "fifo.gguf", self.folder / "socket.gguf", "/dev/zero", "/dev/random", "/dev/null"):
            with self.subTest(given):
                self.everywhere(given, [str(given)])

    def test_links_that_lead_nowhere_or_around_are_named(self):
        (self.folder / "loop.gguf").symlink_to("loop.gguf")
        (self.folder / "loop").symlink_to("loop")
        (self.folder / "dangling.gguf").symlink_to("nowhere")
        for name in ("loop.gguf", "loop", "dangling.gguf"):
            with self.subTest(name):
                self.everywhere(self.folder / name, [name])

    def test_folders_and_files_without_a_model_are_named(self):
        (self.folder / "nothing").mkdir()
        (self.folder / "folder.gguf").mkdir()
        self.write("two/a.gguf", WHOLE)
        self.write("two/b.gguf", WHOLE)
        self.write("letter.txt", "Dear reader")
        for name in ("nothing", "folder.gguf", "two", "letter.txt"):
            with self.subTest(name):
                self.everywhere(self.folder / name, [name])

    def test_fifos_inside_a_model_folder_do_not_hang(self):
        for name in ("model.safetensors", "config.json", "tokenizer.json", "sentence_bert_config.json", "tokenizer_config.json"):
            with self.subTest(name):
                path = Bert().write(self.folder / name.replace(".", "-"))
                (path / name).unlink(missing_ok=True)
                os.mkfifo(path / name)
                self.refuses("embed", path, "x", names=[name])

    def test_a_sparse_file_that_claims_more_than_a_disk_is_refused_at_once(self):
        path = self.write("sparse.gguf", Llama().bytes())
        os.truncate(path, 1 << 42)
        self.assertEqual(self.maru("show", path).returncode, 0)  # bytes behind the tensors are nobody's
        self.fails(1, "pull", f"file:{path}", says=["free"], within=1)
        path = self.write("hollow.gguf", b"")
        os.truncate(path, 1 << 42)
        self.everywhere(path, ["hollow.gguf"])

    def test_names_that_lead_nowhere_are_shown_in_one_short_line(self):
        for given in ("missing.gguf", "no/such/model", "smollm3", "../up", "~/model", "hf:some/model", "a\tb", "line\nbreak", "\x1b[31mred",
                      "x\u202ey", "한글", "e\u0301"):
            with self.subTest(given):
                self.refuses("run", given, "x")
        self.assertLess(len(self.refuses("run", "a" * 50_000, "x")), 3000)
        self.assertNotIn("\x1b", self.refuses("show", "\x1b[31mred"))
        self.refuses("run", "", "x", code=2)
        self.refuses("pull", "smollm3", code=2, says=["smollm2"])
        self.refuses("pull", str(self.folder / "docs"), code=2, says=["file:"])
        for reference in ("file:", "package:", "package:x", "package:x==", "package:-r==1", "package:a b==1"):
            with self.subTest(reference):
                self.refuses("pull", reference, code=2)

    def test_a_model_of_the_other_kind_says_which_kind_it_is(self):
        self.refuses("embed", self.write("tiny.gguf", WHOLE), "x", names=["tiny.gguf", "all-minilm"])
        self.refuses("run", Bert().write(self.folder / "bert"), "x", names=["bert", "smollm2"])
        self.refuses("run", f"{self.folder / 'bert'}/", "x", names=["bert", "smollm2"])

    def test_a_file_that_may_not_be_read_is_named(self):
        path = self.write("secret.gguf", WHOLE)
        path.chmod(0)
        done = self.maru("run", path, "x", **self.bound_by_permissions())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("secret.gguf", done.stderr.decode())
        self.assertIn("Permission denied", done.stderr.decode())


if __name__ == "__main__":
    main()
