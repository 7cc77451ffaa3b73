#pragma once
// Takes rights away from the calling process, for code that is not trusted. Linux only; knows nothing of who calls.

namespace maru {

// No sockets, no new processes (threads may be), no tracing of other processes: by a seccomp filter, which needs no rights. And a user and
// network namespace of its own where the system allows one. Returns 1 for the filter, plus 2 for the namespace. Only calls that are safe
// after a
// fork of a threaded program; cannot be undone, and lasts over exec.
char confine() noexcept;

}  // namespace maru
