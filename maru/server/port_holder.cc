// Who holds a port, from /proc: the socket's inode in the table of connections, and the process that has it open.
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "maru/server/listen.h"

namespace maru::server {
namespace fs = std::filesystem;
namespace {

// Columns of /proc/net/tcp: number, local address:port in hexadecimal, remote, state (0A listens), four more, inode.
void add_listening(const fs::path& table, std::uint16_t port, std::set<std::string>& inodes) {
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    if (state == "0A" && local.ends_with(fmt::format(":{:04X}", port))) inodes.insert(fmt::format("socket:[{}]", inode));
  }
}

bool holds(const fs::path& process, const std::set<std::string>& inodes) {
  std::error_code problem;
  for (fs::directory_iterator at(process / "fd", problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code ignored;
    if (inodes.contains(fs::read_symlink(at->path(), ignored).string())) return true;
  }
  return false;
}

}  // namespace

std::string port_holder(std::uint16_t port) {
  std::set<std::string> inodes;
  add_listening("/proc/net/tcp", port, inodes);
  add_listening("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) return {};
  std::error_code problem;
  for (fs::directory_iterator at("/proc", problem), end; !problem && at != end; at.increment(problem)) {
    const std::string number = at->path().filename().string();
    if (number.find_first_not_of("0123456789") != number.npos || !holds(at->path(), inodes)) continue;
    std::ifstream file(at->path() / "comm");
    std::string name;
    std::getline(file, name);
    return fmt::format("{} (process {})", name, number);
  }
  return {};
}

}  // namespace maru::server
