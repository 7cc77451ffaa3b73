"""Documents that are broken, lying, or no documents: each command names the file and the reason, at once, and the rest is read."""
import os
import pathlib
import socket
import unicodedata
import zlib

from scenario import Scenario, main

HERON = b"BT /F1 12 Tf 72 720 Td (A heron stands in the river.) Tj ET"


def pdf(objects, trailer=b"<< /Root 1 0 R /Size 9 >>"):
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, trailer, len(out))


def page(stream, filters=b""):
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
                b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"])


ENCRYPTED = pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>",
                 b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"00" * 32, b"00" * 32)],
                b"<< /Root 1 0 R /Size 4 /Encrypt 3 0 R /ID [<00><00>] >>")
BROKEN = {
    "letter.pdf": (b"Dear reader, this is no PDF.", ["%PDF-"]),
    "empty.pdf": (b"", ["PDF"]),
    "head.pdf": (b"%PDF-1.4\n", ["pdftotext"]),
    "cut.pdf": (page(HERON)[:300], ["pdftotext"]),
    "noise.pdf": (b"%PDF-1.4\n" + bytes(range(256)) * 20, ["pdftotext"]),
    "locked.pdf": (ENCRYPTED, ["PDF"]),
    "binary.txt": (b"heron\0river", ["NUL"]),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), []),
}
GOOD = {
    "heron.pdf": page(HERON),
    "packed.pdf": page(zlib.compress(HERON), b"/Filter /FlateDecode"),
    "heron.txt": b"A heron stands in the river.",
    "mark.md": b"\xef\xbb\xbf# Bird\n\nA heron stands in the river.",
    "returns.txt": b"A bird.\rA heron stands in the river.\r",
    "wide.txt": "A heron stands in the river.".encode("utf-16"),
    "deep.html": b"<div>" * 50_000 + b"A heron stands in the river.",
    "script.html": b"<script>while(1);</script><p>A heron stands in the river.",
    "noname": b"A heron stands in the river.\n",
    "one-line.txt": b"A heron stands in the river. " + b"word " * 400_000,
    "one-word.txt": b"A heron stands in the river. " + b"x" * 1_000_000,
}


class HostileDocuments(Scenario):
    def everywhere(self, path, names, within=1):
        self.refuses("text", path, names=[pathlib.Path(path).name, *names], within=within)
        self.refuses("index", "c", path, "--lexical-only", names=[pathlib.Path(path).name], within=within)
        self.refuses("ask", path, "heron?", "--lexical-only", "--quote", names=[pathlib.Path(path).name], within=within)
        self.assertEqual(self.json("list", "--collections"), {"collections": []})

    def test_a_file_that_is_no_document_says_why_and_leaves_no_collection(self):
        for name, (content, names) in BROKEN.items():
            with self.subTest(name):
                self.everywhere(self.write(name, content), names)

    def test_what_is_no_regular_file_is_refused_at_once(self):
        os.mkfifo(self.folder / "fifo.txt")
        os.mkfifo(self.folder / "fifo.pdf")
        (self.folder / "loop.txt").symlink_to("loop.txt")
        (self.folder / "dangling.txt").symlink_to("nowhere")
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(str(self.folder / "socket.txt"))
        for path in (*(self.folder / name for name in ("fifo.txt", "fifo.pdf", "loop.txt", "dangling.txt", "socket.txt", "missing.txt")),
                     "/dev/zero", "/dev/null"):
            with self.subTest(path):
                self.everywhere(path, [])

    def test_a_file_larger_than_a_document_may_be_is_not_read(self):
        path = self.write("sparse.txt", "heron")
        os.truncate(path, 1 << 40)
        self.everywhere(path, ["256 MiB"])

    def test_a_bomb_of_a_pdf_ends_at_its_limit(self):
        lines = b"BT /F1 12 Tf 72 720 Td " + b"(heron heron heron heron) Tj 0 -1 Td " * 300_000 + b"ET"
        path = self.write("bomb.pdf", page(zlib.compress(zlib.compress(lines, 9), 9), b"/Filter [/FlateDecode /FlateDecode]"))
        self.assertLess(path.stat().st_size, 5000)
        done = self.maru("text", path, timeout=60)
        self.assertIn(done.returncode, (0, 1))
        self.assertLess(len(done.stdout), 64 << 20)
        # A page tree of a hundred thousand leaves that are one and the same page.
        kids = b"[" + b"3 0 R " * 100_000 + b"]"
        tree = page(HERON).replace(b"[3 0 R] /Count 1", kids + b" /Count 100000")
        done = self.maru("text", self.write("tree.pdf", tree), timeout=60)
        self.assertIn(done.returncode, (0, 1))

    def test_folders_without_documents_leave_nothing_behind(self):
        (self.folder / "nothing").mkdir()
        self.write("pictures/a.png", BROKEN["picture.png"][0])
        self.write("hidden/.secret.txt", "A heron.")
        (self.folder / "around").mkdir()
        (self.folder / "around/again").symlink_to("..")
        for name in ("nothing", "pictures", "hidden", "around"):
            with self.subTest(name):
                self.refuses("index", "c", self.folder / name, "--lexical-only", names=[name])
                self.refuses("index", "c", self.folder / name, names=[name])
                self.refuses("ask", self.folder / name, "heron?", "--lexical-only", names=[name])
        self.refuses("index", "c", self.folder / "missing", "--lexical-only", names=["missing"])
        self.refuses("index", "c", self.folder / "nothing", self.folder / "missing", "--lexical-only", names=["missing"])
        self.assertEqual(self.json("list", "--collections"), {"collections": []})

    def test_the_good_ones_among_the_bad_are_read_and_the_bad_are_named(self):
        for name, content in GOOD.items():
            self.write(f"docs/{name}", content)
        for name, (content, _) in BROKEN.items():
            self.write(f"docs/{name}", content)
        os.mkfifo(self.folder / "docs/fifo.txt")
        (self.folder / "docs/loop").symlink_to("..")
        with open(bytes(self.folder) + b"/docs/badly\xffnamed.txt", "wb") as file:
            file.write(b"A heron stands in the river.")
        self.write("docs/line\nbreak.txt", "A heron stands in the river.")
        self.write("docs/" + unicodedata.normalize("NFD", "왜가리") + ".txt", "A heron stands in the river.")
        report = self.json("index", "c", self.folder / "docs", "--lexical-only")
        left_out = {pathlib.Path(one["path"]).name for one in report["skipped"]}
        self.assertLessEqual({*BROKEN, "fifo.txt", "loop"}, left_out)
        self.assertTrue(all(one["why"] for one in report["skipped"]))
        self.assertEqual(left_out & GOOD.keys(), set())
        hits = self.json("search", "c", "heron river", "--lexical-only", "--k", "200")["results"]
        found = {pathlib.Path(hit["path"]).name for hit in hits}
        self.assertLessEqual(GOOD.keys(), found)
        self.assertIn("line\nbreak.txt", found)
        self.assertEqual(self.json("index", "c", self.folder / "docs", "--lexical-only")["changed"], 0)
        self.assertTrue(self.json("verify", "--collections")["ok"])
        spoken = self.maru("index", "c", self.folder / "docs", "--lexical-only", "--verbose", LC_ALL="ko_KR.UTF-8").stderr.decode()
        self.assertNotIn("left out", spoken)
        self.assertIn("letter.pdf", spoken)

    def test_text_in_another_encoding_is_read_and_told(self):
        path = self.write("docs/cafe.txt", "A heron in a caf\u00e9.".encode("latin-1"))
        done = self.json("text", path)
        self.assertEqual((done["text"], len(done["notes"])), ("A heron in a caf\ufffd.", 1))
        self.assertIn("U+FFFD", self.maru("index", "c", path, "--lexical-only").stderr.decode())
        path = self.write("docs/korean.txt", "왜가리가 강에 서 있다.".encode("euc-kr"))
        self.assertIn("CP949", self.maru("text", path).stderr.decode())
        self.assertIn("CP949", self.maru("text", path, "--lang", "ko").stderr.decode())

    def test_a_document_cannot_steer_the_terminal(self):
        path = self.write("steer.txt", "A heron \x1b[31m\x1b]0;title\x07 stands \u202ein the river.")
        for arguments in (["index", "c", path], ["search", "c", "heron"], ["ask", path, "Where does the heron stand?", "--quote"]):
            done = self.maru(*arguments, "--lexical-only")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn(b"\x1b", done.stderr)
        self.assertIn("\x1b[31m", self.maru("text", path).stdout.decode())  # piped: byte for byte, as offsets count
        self.assertNotIn(b"\x1b", self.maru("search", "c", "heron", "--lexical-only").stdout)

    def test_a_document_that_may_not_be_read_is_named(self):
        secret = self.write("docs/secret.txt", "A heron.")
        self.write("docs/open.txt", "A heron stands in the river.")
        secret.chmod(0)
        theirs = self.bound_by_permissions()
        self.fails(1, "text", secret, says=["secret.txt"], within=1, **theirs)
        self.fails(1, "index", "c", secret, "--lexical-only", says=["secret.txt"], within=1, **theirs)
        report = self.json("index", "c", self.folder / "docs", "--lexical-only", **theirs)
        self.assertEqual([pathlib.Path(one["path"]).name for one in report["skipped"]], ["secret.txt"])
        self.assertEqual(report["added"], 1)


if __name__ == "__main__":
    main()
