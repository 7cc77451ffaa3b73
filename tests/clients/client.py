"""What every *_client.py shares: programs of others, unmodified, against the fakes of tests/fakes. Each file is one test.

Packages that a file needs lie under build/clients, where `./test` puts them (tools/setup.sh).
"""
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build" / "clients"
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


def main():
    unittest.main(module="__main__", argv=sys.argv, verbosity=1)
