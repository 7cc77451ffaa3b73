"""The program in a terminal of its own: what is typed, what is seen, how it ends."""
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

from scenario import PROGRAM

CONTROLS = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x07")


class Terminal:
    def __init__(self, environment, *arguments, columns=80, folder="/", **more):
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(PROGRAM, [PROGRAM, *map(str, arguments)], {"TERM": "xterm", **environment, **more})
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        self.seen, self.read = b"", 0

    def more(self, seconds):
        """False when nothing came in this time, or when the program has closed its side."""
        if not select.select([self.end], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self.end, 65536)
        except OSError:
            return False
        self.seen += got
        return bool(got)

    def until(self, text, seconds=30):
        """Waits until the text is seen behind what was waited for before, and gives what came up to its end."""
        wanted, limit = text.encode(), time.monotonic() + seconds
        while (at := self.seen.find(wanted, self.read)) < 0:
            if time.monotonic() > limit:
                raise AssertionError(f"waiting for {text!r}, seen: {self.seen[self.read:][-1500:]!r}")
            self.more(0.1)
        begin, self.read = self.read, at + len(wanted)
        return self.seen[begin:self.read].decode(errors="replace")

    def prompt(self, seconds=30):
        """Waits for the prompt and until the program reads keys itself: before, a Ctrl-D would be the terminal's."""
        seen, limit = self.until("> ", seconds), time.monotonic() + seconds
        while termios.tcgetattr(self.end)[3] & termios.ICANON:
            if time.monotonic() > limit:
                raise AssertionError("the program never read keys")
            self.more(0.01)
        return seen

    def grows(self, count, seconds=30):
        """Waits until so many bytes came behind what was waited for before."""
        limit = time.monotonic() + seconds
        while len(self.seen) < self.read + count:
            if time.monotonic() > limit:
                raise AssertionError(f"waiting for {count} bytes, seen: {self.seen[self.read:]!r}")
            self.more(0.1)

    def send(self, text):
        os.write(self.end, text.encode())

    def ends(self, seconds=30):
        """The exit code, once everything was read."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            while self.more(0.02):
                pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.more(0.02):
                    pass
                os.close(self.end)
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still running; seen: {self.seen[-1500:]!r}")

    def text(self):
        return CONTROLS.sub(b"", self.seen).decode(errors="replace")
