"""The store under a full disk."""
import subprocess

from scenario import SMOLLM2, Scenario, main, needs_smollm2


class Store(Scenario):
    @needs_smollm2
    def test_a_full_disk_corrupts_nothing(self):
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting a tmpfs is not permitted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(small)])
        self.fails(1, "pull", f"file:{SMOLLM2}", MARU_HOME=str(small / "home"), within=2)
        self.assertEqual(self.json("list", MARU_HOME=str(small / "home")), {"models": []})
        self.write("docs/long.txt", "\n\n".join(f"Paragraph {i} speaks of thing number {i * 7}." for i in range(100_000)))
        self.fails(1, "index", "c", self.folder / "docs", "--lexical-only", MARU_HOME=str(small / "home"))
        self.maru("rm", "--collections", "c", MARU_HOME=str(small / "home"))
        self.write("few/a.txt", "A heron stands in the river.")
        self.json("index", "c", self.folder / "few", "--lexical-only", MARU_HOME=str(small / "home"))
        self.assertEqual(len(self.json("search", "c", "heron", "--lexical-only", MARU_HOME=str(small / "home"))["results"]), 1)


if __name__ == "__main__":
    main()
