// seccomp(2) with a classic BPF program, and unshare(2).
#include "maru/base/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace maru {
namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned kArchitecture = 0;
#endif

constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS, kEqual = BPF_JMP | BPF_JEQ | BPF_K, kReturn = BPF_RET | BPF_K;
constexpr unsigned refused_with(int code) { return SECCOMP_RET_ERRNO | unsigned(code); }

struct Program {
  sock_filter lines[48]{};
  unsigned short size = 0;
  constexpr void add(unsigned code, unsigned value, unsigned char when_true = 0, unsigned char when_false = 0) {
    lines[size++] = {static_cast<unsigned short>(code), when_true, when_false, value};
  }
  constexpr void refuse(long call, int code) {
    add(kEqual, unsigned(call), 0, 1);
    add(kReturn, refused_with(code));
  }
};

constexpr Program program() {
  Program out;
  out.add(kLoad, offsetof(seccomp_data, arch));
  out.add(kEqual, kArchitecture, 1, 0);
  out.add(kReturn, SECCOMP_RET_KILL_PROCESS);  // 32-bit calls have other numbers
  out.add(kLoad, offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  out.add(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);  // and so have the x32 calls
  out.add(kReturn, refused_with(ENOSYS));
  out.refuse(SYS_fork, EPERM);
  out.refuse(SYS_vfork, EPERM);
#endif
  out.refuse(SYS_socket, EACCES);
  out.refuse(SYS_io_uring_setup, ENOSYS);  // it opens sockets of its own
  out.refuse(SYS_ptrace, EPERM);
  out.refuse(SYS_process_vm_readv, EPERM);
  out.refuse(SYS_process_vm_writev, EPERM);
  out.refuse(SYS_clone3, ENOSYS);  // its flags cannot be seen; the C library then calls clone
  out.add(kEqual, unsigned(SYS_clone), 0, 3);
  out.add(kLoad, offsetof(seccomp_data, args));  // the low half of the flags: both machines are little-endian
  out.add(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
  out.add(kReturn, refused_with(EPERM));
  out.add(kReturn, SECCOMP_RET_ALLOW);
  return out;
}

bool filter() noexcept {
  if (kArchitecture == 0) return false;
  static constexpr Program kProgram = program();
  Program copy = kProgram;
  const sock_fprog all{copy.size, copy.lines};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0) == 0;
}

bool write_to(const char* path, const char* text) noexcept {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = ::write(file, text, std::strlen(text)) == ssize_t(std::strlen(text));
  ::close(file);
  return written;
}

// "7 7 1": the same number inside as outside, so that files keep their owner. Without snprintf, which may take locks.
void map_line(char* out, unsigned id) noexcept {
  char digits[12];
  int n = 0;
  do digits[n++] = char('0' + id % 10);
  while (id /= 10);
  char* at = out;
  for (int twice = 0; twice < 2; ++twice) {
    for (int i = n; i-- > 0;) *at++ = digits[i];
    *at++ = ' ';
  }
  *at++ = '1';
  *at = 0;
}

bool own_network() noexcept {
  char user[32], group[32];
  map_line(user, ::geteuid());
  map_line(group, ::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  write_to("/proc/self/setgroups", "deny");
  write_to("/proc/self/uid_map", user);
  write_to("/proc/self/gid_map", group);
  return true;
}

}  // namespace

char confine() noexcept {
  const bool network = own_network();
  const bool filtered = filter();
  return char((filtered ? 1 : 0) + (network ? 2 : 0));
}

}  // namespace maru
