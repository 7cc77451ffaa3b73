#!/usr/bin/env python3
"""Takes the C++ headers and the two libraries that maru links out of pyarrow's wheel.

Usage: unpack_arrow.py WHEEL FOLDER. Writes FOLDER/include, FOLDER/lib and FOLDER/licence.
"""
import pathlib
import re
import shutil
import sys
import zipfile

LIBRARY = re.compile(r"pyarrow/(lib(?:arrow|parquet)\.so\.\d+)$")
HEADER = re.compile(r"pyarrow/(include/(?:arrow|parquet)/[\w./-]+\.h)$")
LICENCE = re.compile(r"pyarrow-[^/]*\.dist-info/licenses/((?:LICENSE|NOTICE)\.txt)$")


def target(name: str) -> str | None:
    """Where a member of the wheel belongs, or nothing when it is not wanted."""
    if ".." in name.split("/"):
        return None
    for pattern, folder in ((LIBRARY, "lib/"), (HEADER, ""), (LICENCE, "licence/")):
        if match := pattern.match(name):
            return folder + match.group(1)
    return None


def main() -> int:
    wheel, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    written = []
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if (to := target(member)) is None:
                continue
            (folder / to).parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, open(folder / to, "wb") as out:
                shutil.copyfileobj(source, out)
            written.append(to)
    libraries = sorted(w for w in written if w.startswith("lib/"))
    if len(libraries) != 2:
        print(f"{wheel}: expected libarrow and libparquet, found {libraries}")
        return 1
    print(f"{len(written)} files, {', '.join(libraries)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
