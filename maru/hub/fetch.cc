// Asks for pieces and judges the answers: what is a piece of the file, what may do better when asked again, and what is final.
#include "maru/hub/fetch.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "maru/base/error.h"

namespace maru::hub {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kAttempts = 5;
constexpr std::chrono::milliseconds kKept{20};
constexpr std::size_t kBuffer = std::size_t{256} << 10;

struct Enough {};  // thrown to end an answer that is wrong

std::string host_of(const net::Answer& answer) {
  const std::size_t begin = answer.url.find("://") + 3;
  return answer.url.substr(begin, answer.url.find_first_of("/?", begin) - begin);
}

// "bytes 0-99/1000", "bytes 0-99/*", "bytes */1000".  RFC 9110 §14.4.
struct ContentRange {
  std::optional<std::uint64_t> first, last, total;
};
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}
ContentRange content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return {};
  text.remove_prefix(6);
  const std::size_t slash = std::min(text.find('/'), text.size()), dash = text.find('-');
  ContentRange range;
  if (slash < text.size()) range.total = number(text.substr(slash + 1));
  if (dash < slash) {
    range.first = number(text.substr(0, dash));
    range.last = number(text.substr(dash + 1, slash - dash - 1));
  }
  return range;
}

// One request for what the worker's piece still lacks.
class Attempt {
 public:
  Attempt(Download& download, Worker& worker, Wish wish)
      : download_(download), worker_(worker), wish_(std::move(wish)), file_(worker.partial->file) {
    buffer_.reserve(kBuffer);
  }

  void run(net::Client& client) {
    net::Request request{.url = wish_.direct.empty() ? file_.url : wish_.direct};
    // The credentials are for the url's own host; where it redirects to has its own in the query.
    if (wish_.direct.empty()) request.authorization = file_.authorization;
    if (!wish_.whole) request.range = net::Range{wish_.first, wish_.end - 1};
    try {
      answer_ = client.stream(request, [&](const net::Answer& answer) { return mine([&] { return begins(answer); }); },
                              [&](std::span<const std::byte> bytes) { mine([&] { return take(bytes); }); }, &worker_.cancel);
    } catch (const Error& error) {
      if (mine_) throw;
      flush();
      if (error.kind() == ErrorKind::cancelled) throw;
      if (error.kind() != ErrorKind::io || client.settings().offline) throw Error(error.kind(), phrase("{}: {}", file_.name, error.said()));
      problem_ = std::current_exception();
    } catch (const Enough&) {
    }
    flush();
  }

  // Whether to ask again at once, or after a while; throws what is final.
  bool at_once() {
    if (!mistake_.text.empty()) {
      download_.mistake(worker_, std::move(mistake_));
      return true;
    }
    if (problem_ || !answer_) {
      if (!worker_.progressed && !wish_.direct.empty()) download_.remember(worker_, {});
      return worker_.progressed;
    }
    const int status = answer_->status;
    if (status == 200 || status == 206) {
      if (!answer_->redirects.empty() && !net::same_origin(answer_->url, file_.url)) download_.remember(worker_, answer_->url);
      return again_ || worker_.progressed;
    }
    if (status == 416) return out_of_range();
    if (net::may_pass(status)) return false;
    const bool elsewhere = !net::same_origin(answer_->url, file_.url);
    if (elsewhere && status >= 400 && status < 500) {
      // A signed address has run out; the url gives a new one.
      download_.remember(worker_, {});
      return !wish_.direct.empty();
    }
    refuse();
  }

  const net::Answer* answer() const { return answer_ ? &*answer_ : nullptr; }

  [[noreturn]] void give_up() {
    if (problem_) {
      try {
        std::rethrow_exception(problem_);
      } catch (const Error& error) {
        throw Error(error.kind(), phrase("{}: {} attempts came to nothing; what is there stays for the next run. The last: {}", file_.name,
                                         kAttempts, error.said()));
      }
    }
    if (answer_ && answer_->status != 200 && answer_->status != 206) refuse();
    fail(ErrorKind::io, "{}: {} attempts brought nothing more than {} of {} bytes; what is there stays for the next run", file_.name,
         kAttempts, wish_.first, file_.size);
  }

 private:
  // An error of ours is final, whatever its kind: a full disk is not the network's.
  template <class Call>
  bool mine(Call&& call) {
    try {
      return call();
    } catch (...) {
      mine_ = true;
      throw;
    }
  }

  bool wrong(Phrase what) {
    mistake_ = std::move(what);
    return false;
  }

  bool begins(const net::Answer& answer) {
    if (answer.status == 206 && answer.encoded()) {
      download_.no_ranges(worker_);  // a range of encoded bytes fits nowhere
      again_ = true;
      return false;
    }
    if (answer.status == 206) return begins_range(answer);
    if (answer.status != 200) return false;
    const std::optional<std::uint64_t> length = number(answer.header("content-length"));
    if (length && !answer.encoded() && *length > file_.size) {
      return wrong(phrase("{}: {} sends {} bytes, expected {}; the file has changed there: try again", file_.name, host_of(answer), *length,
                          file_.size));
    }
    if (!wish_.whole) {
      download_.take_whole(worker_);
      wish_ = {.first = 0, .end = file_.size, .whole = true, .direct = wish_.direct};
    }
    at_ = 0;
    return true;
  }

  bool begins_range(const net::Answer& answer) {
    const ContentRange range = content_range(answer.header("content-range"));
    const bool fits = range.first && range.last && *range.first == wish_.first && *range.last >= *range.first && *range.last < wish_.end &&
                      (!range.total || *range.total == file_.size);
    if (!fits) {
      return wrong(phrase("{}: {} was asked for bytes {} to {} of {} and answers {:?}; a proxy may be in the way", file_.name,
                          host_of(answer), wish_.first, wish_.end - 1, file_.size, answer.header("content-range")));
    }
    at_ = wish_.first;
    return true;
  }

  bool take(std::span<const std::byte> bytes) {
    at_ += bytes.size();
    if (at_ > wish_.end) {
      mistake_ = phrase("{}: more came than the {} bytes that were promised", file_.name, file_.size);
      buffer_.clear();
      throw Enough{};
    }
    if (buffer_.size() + bytes.size() > kBuffer) flush();
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    // On a slow line every byte is kept as it comes.
    if (Clock::now() - flushed_ > kKept) flush();
    return true;
  }

  void flush() {
    flushed_ = Clock::now();
    if (!buffer_.empty()) download_.store(worker_, buffer_);
    buffer_.clear();
  }

  bool out_of_range() {
    const std::optional<std::uint64_t> total = content_range(answer_->header("content-range")).total;
    if (total && *total != file_.size) {
      download_.mistake(worker_, phrase("{}: {} has {} bytes of it, expected {}; the file has changed there: try again", file_.name,
                                        host_of(*answer_), *total, file_.size));
    } else if (wish_.whole) {
      refuse();
    } else {
      download_.no_ranges(worker_);
    }
    return true;
  }

  [[noreturn]] void refuse() const {
    const int status = answer_->status;
    const std::string host = host_of(*answer_);
    const std::string_view reason = answer_->header("x-error-message");
    if (status == 401 || status == 403) {
      fail(ErrorKind::invalid, "{}: {} refuses it with {} {}; it may need a token, or a licence accepted on the site", file_.name, host,
           status, reason);
    }
    if (status == 404 || status == 410) fail(ErrorKind::not_found, "{}: {} does not have it ({}) {}", file_.name, host, status, reason);
    fail(net::may_pass(status) ? ErrorKind::io : ErrorKind::invalid, "{}: {} answers {} {}; what is there stays for the next run",
         file_.name, host, status, reason);
  }

  Download& download_;
  Worker& worker_;
  Wish wish_;
  const RemoteFile& file_;
  std::vector<std::byte> buffer_;
  std::uint64_t at_ = 0;
  std::optional<net::Response> answer_;
  std::exception_ptr problem_;
  Phrase mistake_;
  bool mine_ = false, again_ = false;
  Clock::time_point flushed_{};
};

void bring(Download& download, Worker& worker, net::Client& client) {
  int stumbles = 0;
  while (const std::optional<Wish> wish = download.wish(worker)) {
    Attempt attempt(download, worker, *wish);
    attempt.run(client);
    const bool at_once = attempt.at_once();
    if (at_once && worker.progressed) stumbles = 0;
    if (at_once) continue;
    if (++stumbles == kAttempts) attempt.give_up();
    net::wait(net::pause_before(stumbles, attempt.answer(), client.settings().pause_unit), &worker.cancel);
  }
}

}  // namespace

void fetch_pieces(Download& download, Worker& worker, const net::Settings& settings) {
  try {
    net::Client client(settings);
    while (download.next(worker)) {
      try {
        bring(download, worker, client);
      } catch (const Abandoned&) {
      } catch (const Error& error) {
        // Raised by whoever begins the file again; the person's wish comes as the download's failure.
        if (error.kind() != ErrorKind::cancelled) throw;
      }
      download.leave(worker);
    }
  } catch (...) {
    download.fail(std::current_exception());
  }
  download.leave(worker);
}

}  // namespace maru::hub
