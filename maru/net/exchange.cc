// Sets libcurl's options, turns its loop, and watches time, sizes and the person's wish to stop.
#include "maru/net/exchange.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "maru/base/error.h"
#include "maru/net/address.h"
#include "maru/net/failure.h"

namespace maru::net {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kHeaderBytes = std::size_t{256} << 10, kHeaderLines = 1000;
constexpr int kTurnMs = 50;  // how often the person is asked

// "HTTP/1.1 200 OK", "HTTP/2 200"; 0 when there is no number.
int status_of(std::string_view line) {
  int status = 0;
  const std::size_t space = std::min(line.find(' '), line.size());
  for (const char c : line.substr(space).substr(0, 4)) status = c >= '0' && c <= '9' ? status * 10 + (c - '0') : status;
  return status;
}

// What libcurl calls back with. An exception must not pass through C: it is kept and thrown when the loop has ended.
struct Watch {
  const Asked& asked;
  const Settings& settings;
  const Client::Started& started;
  const Client::Take& take;
  Answer answer{};
  std::size_t header_bytes = 0;
  bool connected = false, begun = false, wanted = false;
  std::uint64_t received = 0, uploaded = 0;
  Clock::time_point heard = Clock::now();
  std::string refused_address{};
  std::exception_ptr thrown{};

  template <class Call>
  bool guarded(Call&& call) {
    try {
      call();
    } catch (...) {
      thrown = std::current_exception();
    }
    heard = Clock::now();  // the time that the caller takes, at a slow disk say, is no silence of the network
    return !thrown;
  }

  void line(std::string_view text) {
    header_bytes += text.size();
    check(header_bytes <= kHeaderBytes && answer.headers.size() < kHeaderLines,
          "{}: the answer's headers are longer than {} bytes or {} lines", asked.url.place(), kHeaderBytes, kHeaderLines);
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    if (begun) return;  // trailers after the body
    if (text.starts_with("HTTP/")) {
      answer.headers.clear();
      answer.status = status_of(text);
    } else if (!text.empty()) {
      const std::size_t colon = text.find(':');
      if (colon == text.npos) return;
      std::string_view value = text.substr(colon + 1);
      while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
      while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
      answer.headers.push_back({std::string(text.substr(0, colon)), std::string(value)});
    } else if (answer.status >= 200) {
      begun = true;
      wanted = !is_redirect(answer) && started(answer);
    }
  }

  void body(std::span<const std::byte> bytes) {
    received += bytes.size();
    if (wanted) take(bytes);
  }
};

// A small body that nobody wants is read to its end, which keeps the connection; for a longer one it is cut.
constexpr std::uint64_t kDropped = 64 << 10;

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& watch = *static_cast<Watch*>(context);
  return watch.guarded([&] { watch.line({data, size}); }) ? size : 0;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& watch = *static_cast<Watch*>(context);
  if (!watch.guarded([&] { watch.body(std::as_bytes(std::span(data, size))); })) return CURL_WRITEFUNC_ERROR;
  return watch.wanted || watch.received <= kDropped ? size : CURL_WRITEFUNC_ERROR;
}

std::size_t on_upload(char* data, std::size_t, std::size_t size, void* context) {
  auto& watch = *static_cast<Watch*>(context);
  std::size_t filled = 0;
  const bool good = watch.guarded([&] {
    filled = watch.asked.request.upload(std::as_writable_bytes(std::span(data, size)));
    watch.uploaded += filled;
    const std::uint64_t promised = watch.asked.request.upload_bytes;
    if (filled == 0 && watch.uploaded < promised) {
      fail(ErrorKind::internal, "the upload to {} ended after {} of {} bytes", watch.asked.url.place(), watch.uploaded, promised);
    }
  });
  return good ? filled : CURL_READFUNC_ABORT;
}

int on_connected(void* context, char*, char*, int, int) {
  auto& watch = *static_cast<Watch*>(context);
  watch.connected = true;
  watch.heard = Clock::now();
  return CURL_PREREQFUNC_OK;
}

// The address is judged here, after the name was resolved and before a packet leaves: a name cannot change its meaning in between.
curl_socket_t on_socket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& watch = *static_cast<Watch*>(context);
  if (!watch.settings.private_addresses && is_private(address->addr)) {
    watch.refused_address = address_text(address->addr);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void add(List& list, const std::string& line) {
  check(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "a header of the request holds a line end: {:?}",
        line.substr(0, line.find(':')));
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) fail(ErrorKind::internal, "a request cannot be written: no memory");
  (void)list.release();
  list.reset(longer);
}

List header_lines(const Asked& asked) {
  List list;
  // libcurl adds these by itself; an empty value takes them away.
  if (asked.with_body) {
    add(list, "Expect:");
    const auto is_type = [](const Header& header) { return ::strcasecmp(header.name.c_str(), "content-type") == 0; };
    if (std::ranges::none_of(asked.request.headers, is_type)) add(list, "Content-Type:");
  }
  for (const Header& header : asked.request.headers) {
    check(!header.name.empty() && header.name.find_first_of(": ;") == header.name.npos, "{:?} cannot be a header's name", header.name);
    add(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (asked.authorized && !asked.request.authorization.empty()) add(list, "Authorization: " + asked.request.authorization);
  return list;
}

std::string range_text(const Range& range) {
  check(!range.last || *range.last >= range.first, "the range {}-{} ends before it begins", range.first, range.last.value_or(0));
  return range.last ? fmt::format("{}-{}", range.first, *range.last) : fmt::format("{}-", range.first);
}

void set_method(CURL* easy, const Asked& asked) {
  if (asked.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (asked.with_body && asked.request.upload) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(asked.request.upload_bytes));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
  } else if (asked.with_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(asked.request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, asked.request.body.data());
  }
  if (asked.method != "GET" && asked.method != "HEAD") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, std::string(asked.method).c_str());
}

// libcurl passes HTTP_PROXY over, which a stranger could set by a header "Proxy" where a web server runs this program as CGI (httpoxy,
// CVE-2016-5385); such a server sets REQUEST_METHOD. NO_PROXY still spares its hosts.
const char* upper_case_proxy(const Url& url) {
  const bool cgi = std::getenv("REQUEST_METHOD") != nullptr, lower_case = std::getenv("http_proxy") != nullptr;
  const char* proxy = std::getenv("HTTP_PROXY");
  return url.scheme == "http" && !cgi && !lower_case && proxy != nullptr && *proxy != '\0' ? proxy : nullptr;
}

void set_options(CURL* easy, const Asked& asked, const Settings& settings, Watch& watch) {
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, asked.url.whole.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer must not hold up the one who stops
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "maru");
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "identity");  // asks for no encoding; one that comes all the same is decoded
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 512L << 10);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, long(settings.connect_time.count()));
  if (!settings.authority_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, settings.authority_file.c_str());
  if (const char* proxy = upper_case_proxy(asked.url)) curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
  if (asked.request.range) curl_easy_setopt(easy, CURLOPT_RANGE, range_text(*asked.request.range).c_str());
  set_method(easy, asked);
  curl_easy_setopt(easy, CURLOPT_READDATA, &watch);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &watch);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &watch);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &watch);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &watch);
}

// Takes the transfer off the multi handle however it ends.
class Attached {
 public:
  explicit Attached(Handles& handles) : handles_(handles) { curl_multi_add_handle(handles.multi, handles.easy); }
  ~Attached() { curl_multi_remove_handle(handles_.multi, handles_.easy); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  Handles& handles_;
};

CURLcode run(Handles& handles, Watch& watch, const Cancel* cancel) {
  while (true) {
    if (cancel != nullptr) cancel->check();
    int running = 0, queued = 0;
    const CURLMcode code = curl_multi_perform(handles.multi, &running);
    if (code != CURLM_OK) fail(ErrorKind::internal, "libcurl: {}", curl_multi_strerror(code));
    while (const CURLMsg* message = curl_multi_info_read(handles.multi, &queued)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    if (watch.connected && Clock::now() - watch.heard > watch.settings.stall_time) {
      fail(ErrorKind::io, "{}: nothing came for {} s, after {} bytes of the body; try again, or check the network", watch.asked.url.place(),
           double(watch.settings.stall_time.count()) / 1000, watch.received);
    }
    curl_multi_poll(handles.multi, nullptr, 0, int(std::clamp<std::int64_t>(watch.settings.stall_time.count() / 4, 1, kTurnMs)), nullptr);
  }
}

}  // namespace

Handles::Handles() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi = curl_multi_init();
  easy = curl_easy_init();
  if (ready == CURLE_OK && multi != nullptr && easy != nullptr) return;
  curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
  fail(ErrorKind::internal, "libcurl cannot start");
}

Handles::~Handles() {
  curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
}

bool is_redirect(const Answer& answer) {
  const int s = answer.status;
  return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) && !answer.header("location").empty();
}

Answer exchange(Handles& handles, const Asked& asked, const Settings& settings, const Client::Started& started, const Client::Take& take,
                const Cancel* cancel) {
  Watch watch{.asked = asked, .settings = settings, .started = started, .take = take};
  watch.answer.url = asked.url.whole;
  const List headers = header_lines(asked);
  char details[CURL_ERROR_SIZE] = "";
  set_options(handles.easy, asked, settings, watch);
  curl_easy_setopt(handles.easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handles.easy, CURLOPT_ERRORBUFFER, details);
  CURLcode code = CURLE_OK;
  {
    const Attached attached(handles);
    code = run(handles, watch, cancel);
  }
  if (watch.thrown) std::rethrow_exception(watch.thrown);
  const bool cut_by_us = watch.begun && !watch.wanted && code == CURLE_WRITE_ERROR;
  if (code == CURLE_OK && watch.begun) return std::move(watch.answer);
  if (cut_by_us) return std::move(watch.answer);
  check(watch.refused_address.empty(), "{}: its address {} lies inside this machine or a local network, where this request may not go",
        asked.url.place(), watch.refused_address);
  if (code == CURLE_OK) code = CURLE_GOT_NOTHING;
  const std::string_view words = details[0] != '\0' ? std::string_view(details) : std::string_view(curl_easy_strerror(code));
  long connections = 1;
  curl_easy_getinfo(handles.easy, CURLINFO_NUM_CONNECTS, &connections);
  fail_with({.code = code, .easy = handles.easy, .received = watch.received, .reused = connections == 0, .details = words}, asked.url,
            settings);
}

}  // namespace maru::net
