"""maru run in a terminal: editing with Hangul, several lines, history, Ctrl-C and Ctrl-D, the commands behind a slash."""
import os
import struct

from scenario import SMOLLM2, Scenario, main, needs_smollm2
from terminal import Terminal
from tiny_models import Llama


class Chat(Scenario):
    def chat(self, model, *more, **environment):
        """A chat whose first prompt has been seen."""
        terminal = Terminal(self.environment, "run", model, *more, folder=str(self.folder), **environment)
        terminal.until("/help")
        terminal.prompt()
        return terminal

    def tiny(self, *more, **environment):
        return self.chat(self.write("tiny.gguf", Llama().bytes()), "--temp", "0", "--max-tokens", "3", *more, **environment)

    def history(self):
        """What libedit wrote, its escapes undone."""
        raw = (self.folder / "home/history").read_bytes()
        return raw.decode("unicode_escape").encode("latin-1").decode() if b"\\" in raw else raw.decode()

    @needs_smollm2
    def test_a_conversation_remembers_and_forgets(self):
        terminal = self.chat(SMOLLM2, "--temp", "0", "--max-tokens", "24", "--verbose")
        terminal.send("My name is Heron.\r")
        first = terminal.until("/s)")
        terminal.prompt()
        terminal.send("What is my name?\r")
        self.assertIn("Heron", terminal.until("answer"))
        second = terminal.prompt()
        self.assertIn("/s)", first + second)
        terminal.send("/clear\r")
        terminal.until("forgotten")
        terminal.send("/exit\r")
        self.assertEqual(terminal.ends(), 0)

    @needs_smollm2
    def test_control_c_stops_the_answer_and_not_the_program(self):
        terminal = self.chat(SMOLLM2, "--raw", "--temp", "0", "--max-tokens", "4000")
        terminal.send("Once upon a time\r")
        terminal.until("\n")
        terminal.grows(100)
        terminal.send("\x03")
        terminal.until("(stopped)", 5)
        terminal.prompt(5)
        terminal.send("/set max-tokens 2\r")
        terminal.until("max-tokens = 2")
        terminal.send("Hello\r")
        terminal.until("token limit")
        terminal.prompt()
        terminal.send("\x04")
        self.assertEqual(terminal.ends(), 0)

    def test_control_c_at_the_prompt_drops_the_line_and_twice_leaves(self):
        terminal = self.tiny()
        terminal.send("half a line\x03")
        terminal.until("Ctrl-C again")
        terminal.prompt()
        terminal.send("hello\r")
        terminal.until("hello")
        terminal.prompt()
        terminal.send("\x03")
        terminal.until("Ctrl-C again")
        terminal.send("\x03")
        self.assertEqual(terminal.ends(), 0)

    def test_hangul_is_edited_by_whole_syllables(self):
        terminal = self.tiny("--verbose")
        terminal.send("안녕하세요\x7f\x7f")          # back over two syllables
        terminal.send("\x1b[D\x1b[D\x1b[D가\x1b[F나")  # to the front, then to the end
        terminal.send("\r")
        terminal.until("prompt")
        terminal.prompt()
        terminal.send("\x04")
        self.assertEqual(terminal.ends(), 0)
        self.assertIn("가안녕하나", self.history())

    def test_several_lines_are_one_message(self):
        terminal = self.tiny("--verbose")
        terminal.send('"""\r')
        terminal.until("… ")
        terminal.send("first\r")
        terminal.until("… ")
        terminal.send('둘째"""\r')
        self.assertIn("prompt", terminal.until("answer"))
        terminal.prompt()
        terminal.send("one \\\r")
        terminal.until("… ")
        terminal.send("two\r")
        terminal.until("prompt")
        terminal.prompt()
        terminal.send('"""\r')
        terminal.until("… ")
        terminal.send("given up\x03")
        terminal.until("Ctrl-C again")
        terminal.prompt()
        terminal.send("/exit\r")
        self.assertEqual(terminal.ends(), 0)

    def test_history_lasts_between_sessions(self):
        terminal = self.tiny()
        terminal.send("the first thing\r")
        terminal.until("token limit")
        terminal.prompt()
        terminal.send("/exit\r")
        self.assertEqual(terminal.ends(), 0)
        self.assertEqual((self.folder / "home/history").stat().st_mode & 0o777, 0o600)
        terminal = self.tiny()
        terminal.send("\x1b[A\x1b[A")
        terminal.until("the first thing")
        terminal.send("\x15/exit\r")
        self.assertEqual(terminal.ends(), 0)

    def test_commands_behind_a_slash(self):
        for language, told in (("en", ["forget the conversation", "there is no /nope", "/set takes", "no system message", "temp = 0.5"]),
                               ("ko", ["대화를 잊습니다", "/nope 명령은 없습니다", "/set은", "시스템 메시지 없음", "temp = 0.5"])):
            with self.subTest(language):
                terminal = self.tiny("--lang", language)
                for line, words in zip(("/help", "/nope", "/set temp hot", "/system", "/set temp 0.5"), told):
                    terminal.send(line + "\r")
                    terminal.until(words)
                    terminal.prompt()
                terminal.send("\r")
                terminal.send("   \r")
                terminal.send("/bye\r")
                self.assertEqual(terminal.ends(), 0)

    def test_a_message_that_does_not_fit_is_told_and_the_chat_goes_on(self):
        terminal = self.tiny()
        terminal.send("x" * 400 + "\r")
        terminal.until("256")
        terminal.prompt()
        for _ in range(4):
            terminal.send("y" * 60 + "\r")
            terminal.until("token limit")
            terminal.prompt()
        self.assertIn("left out", terminal.text())
        terminal.send("/exit\r")
        self.assertEqual(terminal.ends(), 0)

    def test_a_terminal_that_hangs_up_ends_it(self):
        terminal = self.tiny()
        os.close(terminal.end)
        self.assertIsNotNone(os.waitpid(terminal.pid, 0))

    def test_a_hostile_answer_cannot_steer_the_terminal(self):
        # A model that repeats the last byte for ever: only this byte has an embedding, and the block adds nothing to it.
        model, escape = Llama(), 0x1B
        at = 4 * 32 * (3 + escape)
        rows = bytearray(4 * 32 * len(model.tokens))
        rows[at:at + 4 * 32] = struct.pack("<32f", *[1.0] * 32)
        model.contents = {name: (0, bytes(4 * dims[0] * dims[1])) for name, dims in model.tensors.items() if len(dims) == 2}
        model.contents["token_embd.weight"] = (0, bytes(rows))
        path = self.write("odd.gguf", model.bytes())
        given = ["run", path, "--raw", "\x1b", "--temp", "0", "--max-tokens", "5"]
        self.assertEqual(self.json(*given)["text"], "\x1b" * 5)
        self.assertEqual(self.maru(*given).stdout, b"\x1b" * 5 + b"\n")
        terminal = Terminal(self.environment, *given, "--no-color", folder=str(self.folder))
        self.assertEqual(terminal.ends(), 0)
        self.assertNotIn(b"\x1b", terminal.seen)
        self.assertIn("\ufffd" * 5, terminal.text())


if __name__ == "__main__":
    main()
