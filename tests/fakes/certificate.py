"""Certificates made on the spot with the openssl program: an authority and servers that it signs, right or wrong in one way."""
import pathlib
import subprocess


def run(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


def authority(folder):
    """Returns (certificate, key)."""
    folder = pathlib.Path(folder)
    certificate, key = folder / "authority.pem", folder / "authority.key"
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2, "-subj", "/CN=Test authority",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign", "-keyout", key, "-out", certificate)
    return certificate, key


def server(folder, signed_by, names=("IP:127.0.0.1", "IP:127.0.0.2", "IP:::1", "DNS:localhost"), days=2, file="server"):
    """Returns (certificate, key). Other names make it a wrong host; negative days an expired one."""
    folder = pathlib.Path(folder)
    certificate, key, request, extensions = (folder / f"{file}.{end}" for end in ("pem", "key", "csr", "ext"))
    extensions.write_text("subjectAltName=" + ",".join(names) + "\n")
    run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=fake", "-keyout", key,
        "-out", request)
    times = ["-days", days]
    run("x509", "-req", "-in", request, "-CA", signed_by[0], "-CAkey", signed_by[1], "-CAcreateserial", *times, "-extfile", extensions,
        "-out", certificate)
    return certificate, key
