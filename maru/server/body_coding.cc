// The output grows piece by piece, so that a body that lies about its size takes no more memory than the limit.
#include "maru/server/body_coding.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "maru/server/head.h"

namespace maru::server {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr int kLargestWindow = 27;               // 128 MiB of zstd's history, as its own tools allow

[[noreturn]] void damaged() { throw Refused{.status = 400, .message = "the body is not what its Content-Encoding says, or it is cut"}; }

void add(std::string& out, std::string_view piece, std::size_t limit) {
  if (out.size() + piece.size() > limit) {
    throw Refused{.status = 413, .message = fmt::format("the body is longer than {} bytes, decompressed", limit)};
  }
  out += piece;
}

std::string inflated(std::string_view body, int window, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> closer(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = uInt(body.size());
  std::string out, piece(kPiece, '\0');
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = uInt(piece.size());
    const int state = inflate(&stream, Z_NO_FLUSH);
    add(out, std::string_view(piece).substr(0, piece.size() - stream.avail_out), limit);
    if (state == Z_STREAM_END) break;
    if (state != Z_OK) damaged();
  }
  if (stream.avail_in != 0) damaged();           // one body, not several
  return out;
}

std::string unzstd(std::string_view body, std::size_t limit) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindow);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  std::string out, piece(kPiece, '\0');
  std::size_t left = 1;
  while (left != 0) {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(context.get(), &to, &in);
    if (ZSTD_isError(left)) damaged();
    add(out, std::string_view(piece).substr(0, to.pos), limit);
    if (left != 0 && to.pos == 0 && in.pos == before) damaged();   // it ends too early
  }
  if (in.pos != in.size) damaged();
  return out;
}

// identity: for what is not known.
Coding named(std::string_view coding) {
  if (coding == "gzip" || coding == "x-gzip") return Coding::gzip;
  if (coding == "deflate") return Coding::deflate;
  return coding == "zstd" ? Coding::zstd : Coding::identity;
}

}  // namespace

Coding coding_of(const Request& request) {
  Coding found = Coding::identity;
  for (const Header& one : request.headers) {
    std::string name, value;
    std::ranges::transform(one.name, std::back_inserter(name), [](unsigned char c) { return char(std::tolower(c)); });
    if (name != "content-encoding") continue;
    std::ranges::transform(one.value, std::back_inserter(value), [](unsigned char c) { return char(std::tolower(c)); });
    if (value == "identity" || value.empty()) continue;
    const Coding coding = named(value);
    if (coding == Coding::identity || found != Coding::identity) {
      throw Refused{.status = 415,
                    .message = "Content-Encoding: expected one of gzip, deflate, zstd",
                    .headers = {{"Accept-Encoding", "gzip, deflate, zstd"}}};
    }
    found = coding;
  }
  return found;
}

void decode_body(Request& request, std::size_t limit) {
  const Coding coding = coding_of(request);
  if (coding == Coding::identity) return;
  if (coding == Coding::zstd) request.body = unzstd(request.body, limit);
  else request.body = inflated(request.body, coding == Coding::gzip ? 15 + 16 : 15, limit);
}

}  // namespace maru::server
