"""What the clients that ask maru's server share: one server for all tests of a class."""
import unittest

from client import PROGRAM
from served import HAVE_MODELS, TOOL_TEMPLATE, Server

__all__ = ["TOOL_TEMPLATE", "ServedClient"]


@unittest.skipUnless(PROGRAM and HAVE_MODELS, "no program was given, or MARU_TEST_SMOLLM2 or MARU_TEST_MINILM is not set")
class ServedClient(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, *cls.options)
        cls.addClassCleanup(cls.server.stop)
        cls.url = cls.server.url

    def create_tooled(self):
        """A model called "tooled" whose template knows tools."""
        path = self.server.home / "Modelfile"
        path.write_text(f'FROM smollm2\nTEMPLATE """{TOOL_TEMPLATE}"""\n')
        self.server.maru("create", "tooled", "-f", path)
