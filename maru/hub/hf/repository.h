#pragma once
// What the hub's API says of a repository: its commit, its licence, its files with sizes and sums. Everything it says is checked.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/hub/hf/reference.h"
#include "maru/hub/transfer.h"
#include "maru/net/http.h"

namespace maru::hub::hf {

// One request, patiently; the tests answer it themselves.
using Ask = std::function<net::Response(const net::Request&)>;

struct About {
  std::string id;        // another than asked for when the repository was renamed
  std::string commit;
  std::string licence;   // "" when not stated
  bool gated = false;
};
struct Entry {
  std::string path;      // as the hub says it, not yet checked
  std::uint64_t size = 0;
  Sum sum = Sum::git_sha1;
  std::string digest;
};

class Repository {
 public:
  Repository(Reference reference, Ask ask);
  // Throws Error: not_found for what is absent, closed or gated, saying which and what to do; io when the hub is not well.
  About about(std::string_view revision) const;
  // All files of a commit, folders left out. Throws Error (invalid, limit) for a listing that breaks its own rules or does not end.
  std::vector<Entry> files(const std::string& commit) const;
  // Whether a gated repository is open to whoever asks; throws as about() where it is not.
  void check_access() const;
  const std::string& authorization() const { return authorization_; }
  std::string file_url(const std::string& commit, const std::string& path) const;
  // A small file's bytes, with size and sum as listed.
  std::string small_file(const std::string& commit, const Entry& entry, std::uint64_t max_bytes) const;
  bool has_revision(std::string_view revision) const;  // false only where the hub says that there is none
  std::string where() const { return "hf:" + reference_.text(); }
  std::string page() const;  // for people

 private:
  net::Response get(const std::string& url) const;
  template <class Call>
  auto naming_us(Call&& call) const;
  [[noreturn]] void refuse_gated() const;
  [[noreturn]] void refuse(const net::Response& response, std::string_view what) const;
  std::string api() const;
  Reference reference_;
  Ask ask_;
  std::string endpoint_, authorization_;
};

}  // namespace maru::hub::hf
