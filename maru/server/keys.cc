// The file is read again when it has changed; whoever changes it holds a lock on it meanwhile.
#include "maru/server/keys.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <span>

#include <fmt/chrono.h>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"

namespace maru::server {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kLargestFile = 16 << 20;
constexpr std::size_t kLongestLabel = 200;
constexpr std::chrono::milliseconds kLookAgain{500};

std::string iso(std::time_t when) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(when)); }
std::string hashed(std::string_view secret) { return sha256(std::as_bytes(std::span(secret))); }

template <std::size_t Count>
void fill_random(unsigned char (&bytes)[Count]) {
  if (RAND_bytes(bytes, int(Count)) != 1) fail(ErrorKind::internal, "the system gives no random bytes");
}

std::string new_secret() {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned char raw[33] = {};                    // 256 bits; the last byte fills up the base64
  unsigned char bits[32];
  fill_random(bits);
  std::ranges::copy(bits, raw);
  std::string out = "maru_";
  for (int i = 0; i < 43; ++i) {
    const int at = i * 6 / 8, shift = i * 6 % 8;
    const unsigned pair = unsigned(raw[at]) << 8 | raw[at + 1];
    out += kAlphabet[pair >> (10 - shift) & 63];
  }
  return out;
}

std::string new_id() {
  unsigned char raw[8];
  fill_random(raw);
  std::string id;
  for (const unsigned char byte : raw) id += char('a' + byte % 26);
  return id;
}

Json as_json(const Key& key) {
  return {{"id", key.id}, {"label", key.label}, {"sha256", key.sha256}, {"scope", scope_name(key.scope)},
          {"created", key.created}, {"expires", key.expires}, {"requests_per_minute", key.requests_per_minute}};
}

Key as_key(const Json& json, const std::string& where) {
  const auto text = [&](const char* name) {
    check(json.is_object() && json.contains(name) && json[name].is_string(), "{}: a key without a text {:?}", where, name);
    return json[name].get<std::string>();
  };
  Key key{.id = text("id"), .label = text("label"), .sha256 = text("sha256"), .created = text("created"), .expires = text("expires")};
  const std::string scope = text("scope");
  check(scope == "inference" || scope == "administration", "{}: the key {} has the unknown scope {:?}", where, key.id, scope);
  key.scope = scope == "inference" ? Scope::inference : Scope::administration;
  check(key.sha256.size() == 64, "{}: the key {} has no sha256", where, key.id);
  key.requests_per_minute = json.value("requests_per_minute", 0);
  return key;
}

// Held while the file is changed, so that two changes at once both stay.
class Lock {
 public:
  explicit Lock(const fs::path& path) : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (descriptor_ < 0) fail(ErrorKind::io, "{}: could not be opened: {}", path.string(), system_reason(errno));
    while (::flock(descriptor_, LOCK_EX) != 0) {
      if (errno != EINTR) break;
    }
  }
  ~Lock() { ::close(descriptor_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

struct Stamp {
  std::int64_t seconds = 0, nanoseconds = 0, size = -1;
  std::uint64_t inode = 0;
  bool operator==(const Stamp&) const = default;
};

Stamp stamp_of(const fs::path& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size, found.st_ino};
}

bool expired(const Key& key, const std::string& now) { return !key.expires.empty() && key.expires <= now; }

}  // namespace

std::string_view scope_name(Scope scope) {
  switch (scope) {
    case Scope::open: return "open";
    case Scope::inference: return "inference";
    case Scope::administration: return "administration";
  }
  return "";
}

struct Keys::Parts {
  fs::path path;
  mutable std::mutex mutex;
  std::vector<Key> keys;
  bool broken = false;                           // the file cannot be read: no key is right, and keys are asked for
  Stamp stamp;
  Clock::time_point looked{};

  std::vector<Key> read() const {
    std::vector<Key> found;
    if (stamp_of(path).size < 0) return found;
    const Json json = parse_json(read_file(path, kLargestFile), path.string());
    check(json.is_object() && json.contains("keys") && json["keys"].is_array(), "{}: holds no list of keys", path.string());
    for (const Json& one : json["keys"]) found.push_back(as_key(one, path.string()));
    return found;
  }

  // At most twice a second asks whether the file has changed.
  void refresh() {
    const Clock::time_point now = Clock::now();
    if (now - looked < kLookAgain && looked != Clock::time_point{}) return;
    looked = now;
    const Stamp seen = stamp_of(path);
    if (seen == stamp) return;
    try {
      keys = read();
      broken = false;
    } catch (const std::exception&) {
      keys.clear();
      broken = true;
    }
    stamp = seen;
  }

  void write(std::vector<Key> changed) {
    Json list = Json::array();
    for (const Key& key : changed) list.push_back(as_json(key));
    // The temporary file is this user's alone from its first byte.
    const fs::path temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
    ::unlink(temporary.c_str());
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) fail(ErrorKind::io, "{}: could not be written: {}", path.string(), system_reason(errno));
    const std::string text = dump({{"keys", list}}, 2) + "\n";
    const bool whole = ::write(file, text.data(), text.size()) == ssize_t(text.size());
    const int code = errno;
    ::close(file);
    if (!whole) {
      ::unlink(temporary.c_str());
      fail(ErrorKind::io, "{}: could not be written: {}", path.string(), system_reason(code));
    }
    publish(temporary, path);
    keys = std::move(changed);
    broken = false;
    stamp = stamp_of(path);
  }
};

Keys::Keys(fs::path home) : parts_(std::make_unique<Parts>()) { parts_->path = std::move(home) / "keys.json"; }
Keys::~Keys() = default;

Keys::Created Keys::create(std::string_view label, Scope scope, std::optional<std::chrono::seconds> lifetime, int requests_per_minute) {
  check(label.size() <= kLongestLabel, "a key's label has at most {} bytes, got {}", kLongestLabel, label.size());
  check(scope != Scope::open, "a key has the scope inference or administration");
  check(!lifetime || lifetime->count() > 0, "a key expires in the future, got {} s", lifetime ? lifetime->count() : 0);
  check(requests_per_minute >= 0, "a key's requests per minute are 0 (the server's own limit) or more, got {}", requests_per_minute);
  Created made{.key = {}, .secret = new_secret()};
  const std::time_t now = std::time(nullptr);
  made.key = {.id = new_id(), .label = std::string(label), .sha256 = hashed(made.secret), .scope = scope, .created = iso(now),
              .expires = lifetime ? iso(now + std::time_t(lifetime->count())) : "", .requests_per_minute = requests_per_minute};
  const std::lock_guard guard(parts_->mutex);
  fs::create_directories(parts_->path.parent_path());
  const Lock lock(parts_->path.string() + ".lock");
  std::vector<Key> keys = parts_->read();
  keys.push_back(made.key);
  parts_->write(std::move(keys));
  return made;
}

std::vector<Key> Keys::list() const {
  const std::lock_guard guard(parts_->mutex);
  parts_->refresh();
  if (parts_->broken) return parts_->read();     // says what is wrong with the file
  return parts_->keys;
}

bool Keys::revoke(std::string_view id) {
  const std::lock_guard guard(parts_->mutex);
  if (stamp_of(parts_->path).size < 0) return false;
  const Lock lock(parts_->path.string() + ".lock");
  std::vector<Key> keys = parts_->read();
  if (std::erase_if(keys, [&](const Key& key) { return key.id == id; }) == 0) return false;
  parts_->write(std::move(keys));
  return true;
}

bool Keys::empty() const {
  const std::lock_guard guard(parts_->mutex);
  parts_->refresh();
  return parts_->keys.empty() && !parts_->broken;
}

std::optional<Key> Keys::find(std::string_view secret) const {
  // Hashed first: what is compared is not what the client chose. Every key is looked at, whichever is right.
  const std::string sum = hashed(secret), now = iso(std::time(nullptr));
  const std::lock_guard guard(parts_->mutex);
  parts_->refresh();
  const Key* found = nullptr;
  for (const Key& key : parts_->keys) {
    if (CRYPTO_memcmp(key.sha256.data(), sum.data(), sum.size()) == 0) found = &key;
  }
  if (!found || expired(*found, now)) return {};
  return *found;
}

bool Keys::holds(std::string_view id) const {
  const std::string now = iso(std::time(nullptr));
  const std::lock_guard guard(parts_->mutex);
  parts_->refresh();
  return std::ranges::any_of(parts_->keys, [&](const Key& key) { return key.id == id && !expired(key, now); });
}

}  // namespace maru::server
