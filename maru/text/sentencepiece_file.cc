// Reads SentencePiece's model file, a protocol buffer, field by field: sizes before memory, fields it does not know are skipped.
// Format: sentencepiece_model.proto; protobuf.dev/programming-guides/encoding.
#include <bit>
#include <cmath>
#include <cstring>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/sentencepiece.h"

namespace maru::text {
namespace {

constexpr std::size_t kMostPieces = std::size_t{1} << 22, kLongestPieceBytes = 1024;

// A message, read from front to back.
class Message {
 public:
  Message(std::string_view bytes, std::string_view where, std::size_t offset) : bytes_(bytes), where_(where), offset_(offset) {}

  // Moves to the next field; false at the end.
  bool next() {
    if (at_ == bytes_.size()) return false;
    const std::uint64_t key = varint();
    number_ = key >> 3;
    wire_ = unsigned(key & 7);
    if (number_ == 0 || number_ >= (1u << 29)) broken(phrase("a field number of 1 to 536870911"), number_);
    begin_ = at_;
    switch (wire_) {
      case 0: value_ = varint(); return true;
      case 1: return skip(8);
      case 2: return skip(varint());
      case 5: return skip(4);
      default: broken(phrase("a wire type of 0, 1, 2 or 5"), wire_);
    }
  }
  std::uint64_t number() const { return number_; }

  std::uint64_t integer() const {
    expect(0);
    return value_;
  }
  std::int32_t number32() const { return std::int32_t(std::uint32_t(integer())); }  // negative ones are written with ten bytes
  bool boolean() const { return integer() != 0; }
  float real() const {
    expect(5);
    std::uint32_t bits = 0;
    std::memcpy(&bits, content_.data(), 4);
    return std::bit_cast<float>(bits);
  }
  std::string_view bytes() const {
    expect(2);
    return content_;
  }
  std::string_view text() const {
    const std::string_view out = bytes();
    check(!unicode::first_invalid(out), "{}: byte {}: the text of field {} is not UTF-8", where_, offset_ + begin_, number_);
    return out;
  }
  Message message() const {
    return Message(bytes(), where_, offset_ + std::size_t(content_.data() - bytes_.data()));
  }
  std::size_t offset() const { return offset_ + begin_; }

 private:
  std::uint64_t varint() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at_ == bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      if (shift < 63 || byte < 2) out |= std::uint64_t(byte & 0x7F) << shift;
      else break;
      if (byte < 0x80) return out;
    }
    fail(ErrorKind::invalid, "{}: byte {}: a number that does not end; the file is cut or no SentencePiece model", where_, offset_ + at_);
  }
  bool skip(std::uint64_t size) {
    check(size <= bytes_.size() - at_,
          "{}: byte {}: field {} has {} bytes, but {} are left; the file is cut or no SentencePiece model", where_, offset_ + begin_, number_, size, bytes_.size() - at_);
    content_ = bytes_.substr(at_, size);
    at_ += size;
    return true;
  }
  void expect(unsigned wire) const {
    check(wire_ == wire, "{}: byte {}: field {}: expected wire type {}, found {}", where_, offset_ + begin_, number_, wire, wire_);
  }
  [[noreturn]] void broken(const Phrase& expected, std::uint64_t found) const {
    fail(ErrorKind::invalid, "{}: byte {}: expected {}, found {}; this is no SentencePiece model", where_, offset_ + at_, expected, found);
  }

  std::string_view bytes_, where_, content_;
  std::size_t offset_, at_ = 0, begin_ = 0;
  std::uint64_t number_ = 0, value_ = 0;
  unsigned wire_ = 0;
};

SentencePiece piece_of(Message message, std::string_view where, std::size_t id) {
  SentencePiece out;
  while (message.next()) {
    if (message.number() == 1) {
      out.text = message.text();
      check(!out.text.empty() && out.text.size() <= kLongestPieceBytes, "{}: piece {}: expected 1 to {} bytes, found {}", where,
            id, kLongestPieceBytes, out.text.size());
    } else if (message.number() == 2) {
      out.score = message.real();
      check(std::abs(out.score) < 1e30f, "{}: piece {}: its score {} is no number to reckon with", where, id, out.score);
    } else if (message.number() == 3) {
      const std::uint64_t type = message.integer();
      check(type >= 1 && type <= 6, "{}: piece {}: expected a type of 1 to 6, found {}", where, id, type);
      out.type = SentencePieceType(type);
    }
  }
  check(!out.text.empty(), "{}: piece {}: expected 1 to {} bytes, found {}", where, id, kLongestPieceBytes, 0);
  return out;
}

void read_trainer(Message message, SentencePieceModel& model) {
  while (message.next()) switch (message.number()) {
      case 3: {
        const std::uint64_t kind = message.integer();
        check(kind >= 1 && kind <= 4, "{}: trainer_spec.model_type: expected 1 to 4, found {}", model.where, kind);
        model.kind = SentencePieceKind(kind);
        break;
      }
      case 24: model.whitespace_as_suffix = message.boolean(); break;
      case 35: model.byte_fallback = message.boolean(); break;
      case 40: model.unknown = message.number32(); break;
      case 41: model.bos = message.number32(); break;
      case 42: model.eos = message.number32(); break;
      case 43: model.padding = message.number32(); break;
      case 44: model.unknown_surface = message.text(); break;
      default: break;
    }
}

void read_normalizer(Message message, SentencePieceModel& model) {
  while (message.next()) switch (message.number()) {
      case 2: model.charsmap = message.bytes(); break;
      case 3: model.add_dummy_prefix = message.boolean(); break;
      case 4: model.remove_extra_whitespaces = message.boolean(); break;
      case 5: model.escape_whitespaces = message.boolean(); break;
      default: break;
    }
}

}  // namespace

SentencePieceModel sentencepiece_from_bytes(std::string_view bytes, std::string_view where) {
  SentencePieceModel out;
  out.where = where;
  Message message(bytes, where, 0);
  while (message.next()) switch (message.number()) {
      case 1:
        check(out.pieces.size() < kMostPieces, "{}: more than {} pieces", where, kMostPieces);
        out.pieces.push_back(piece_of(message.message(), where, out.pieces.size()));
        break;
      case 2: read_trainer(message.message(), out); break;
      case 3: read_normalizer(message.message(), out); break;
      default: break;
    }
  check_pieces(out);
  return out;
}

}  // namespace maru::text
