"""What every *_client.py shares: programs of others, unmodified, against the fakes of tests/fakes; and maru beside them, where
it reads what they stored. Each file is one test: `FILE [PROGRAM] [unittest arguments]`.

Packages that a file needs lie under build/clients, where `./test` puts them (tools/setup.sh).
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build" / "clients"
PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and os.access(sys.argv[1], os.X_OK) else ""
needs_program = unittest.skipUnless(PROGRAM, "no program was given")
sys.path[:0] = [str(ROOT / "tests" / "fakes"), str(ROOT / "tests" / "scenarios")]


def with_packages():
    """To be called before the packages of others are imported."""
    if not PACKAGES.exists():
        sys.exit(f"{PACKAGES} is missing: ./test makes it (tools/setup.sh, set_up_clients)")
    sys.path.insert(0, str(PACKAGES))


class Client(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="maru-client-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def served(self, server):
        """A fake that ends with the test; a mistake of its own fails it."""
        self.addCleanup(server.close)
        self.addCleanup(lambda: self.assertEqual(server.problems, []))
        return server

    def maru(self, *arguments, **environment):
        """What the program answers with --json, in an empty home of its own and without a network."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "OLLAMA_"))}
        done = subprocess.run([PROGRAM, *map(str, arguments), "--json"], capture_output=True, timeout=60, cwd=self.folder,
                              env={**clean, "HOME": str(self.folder), "MARU_HOME": str(self.folder / "home"), "MARU_OFFLINE": "1", **environment})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)


def main():
    unittest.main(module="__main__", argv=sys.argv, verbosity=1)
