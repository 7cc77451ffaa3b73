"""A program killed without warning just before its n-th change of the file system: by ptrace, which needs no other program."""
import ctypes
import os
import platform
import signal
import subprocess

TRACEME, SYSCALL, GETREGS, SETOPTIONS = 0, 24, 12, 0x4200
KILL_WITH_TRACER, MARK_CALLS = 0x100000, 1
MARKED = signal.SIGTRAP | 0x80
# Of x86-64: what changes names, sizes or what is on the disk for certain.
CHANGES = {74: "fsync", 75: "fdatasync", 77: "ftruncate", 82: "rename", 83: "mkdir", 84: "rmdir", 86: "link", 87: "unlink", 88: "symlink",
           90: "chmod", 258: "mkdirat", 263: "unlinkat", 264: "renameat", 265: "linkat", 266: "symlinkat", 268: "fchmodat", 316: "renameat2"}
OPENAT, O_CREAT = 257, 0o100
CAN = platform.machine() == "x86_64" and os.uname().sysname == "Linux"

_libc = ctypes.CDLL(None, use_errno=True) if CAN else None


def _ptrace(request, process, data=None):
    if _libc.ptrace(ctypes.c_long(request), ctypes.c_long(process), None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def _change(process):
    """The name of the change that the process is about to make; None for any other call, or for a call that ends."""
    registers = (ctypes.c_ulonglong * 27)()
    _ptrace(GETREGS, process, ctypes.byref(registers))
    result, number, flags = ctypes.c_longlong(registers[10]).value, registers[15], registers[12]
    if result != -38:  # what stands there on the way in
        return None
    if number == OPENAT:
        return "create" if flags & O_CREAT else None
    return CHANGES.get(number)


def run(arguments, at, **more):
    """Runs a program and kills it before its change number `at`, from 1. The names of the changes that it made, and whether it was killed.
    Only the first thread's are counted, which is the one that commands run on."""
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: _libc.ptrace(ctypes.c_long(TRACEME), 0, None, None), **more)
    changes, pid = [], process.pid
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        raise OSError("the program could not be traced")
    _ptrace(SETOPTIONS, pid, ctypes.c_void_p(KILL_WITH_TRACER | MARK_CALLS))
    deliver = 0
    while True:
        _ptrace(SYSCALL, pid, ctypes.c_void_p(deliver))
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            process.returncode = os.waitstatus_to_exitcode(status)
            return changes, False
        deliver = 0 if os.WSTOPSIG(status) == MARKED else os.WSTOPSIG(status)
        change = _change(pid) if deliver == 0 else None
        if change is None:
            continue
        if len(changes) + 1 == at:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            process.returncode = -signal.SIGKILL
            return changes, True
        changes.append(change)
