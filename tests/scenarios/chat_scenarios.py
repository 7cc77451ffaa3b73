"""maru run in a terminal."""
import os
import pty
import select
import time

from scenario import PROGRAM, SMOLLM2, Scenario, main, needs_smollm2


class Chat(Scenario):
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
    main()
