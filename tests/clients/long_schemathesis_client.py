"""schemathesis over /openapi.json: thousands of requests made from the document, and no answer of 500 or above. It gets an environment of its
own under build/, since its packages would push away those of the other clients; where pip reaches no index the test is skipped.
"""
import subprocess
import sys

from client import PACKAGES, main
from with_server import ServedClient

VERSION = "4.32.5"
ENVIRONMENT = PACKAGES.parent / "schemathesis"


def prepared():
    stamp = ENVIRONMENT / VERSION
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        done = subprocess.run([ENVIRONMENT / "bin" / "pip", "install", "-q", "--retries", "1", f"schemathesis=={VERSION}"], capture_output=True, text=True)
        if done.returncode != 0:
            print("schemathesis could not be installed:", done.stderr.strip().splitlines()[-1:])
            sys.exit(77)
        stamp.touch()
    return ENVIRONMENT / "bin" / "schemathesis"


class Schemathesis(ServedClient):
    options = ("--memory", "4096")

    def test_no_request_is_answered_with_a_fault_of_the_server(self):
        done = subprocess.run([prepared(), "run", self.url + "/openapi.json", "--checks", "not_a_server_error", "--max-examples", "40", "--workers", "2",
                               "--request-timeout", "120"], capture_output=True, text=True, timeout=1500)
        print(done.stdout[-1200:])
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])


main()
