// JPEG through libjpeg. Its errors jump (setjmp), so that whatever has a destructor lives outside the function that they may leave.
#include <cstdio>
// libjpeg's header wants FILE first.
#include <jpeglib.h>

#include <jerror.h>

#include <csetjmp>
#include <cstring>

#include "maru/base/error.h"
#include "maru/io/image.h"

namespace maru::io {
namespace {

constexpr int kMostScans = 200;  // of a progressive picture; each costs a pass over all of it

struct Decoder {
  jpeg_error_mgr errors;             // first: libjpeg hands back its address
  std::jmp_buf jump;
  jpeg_decompress_struct jpeg;
  jpeg_progress_mgr progress;
  bool started = false, cut_off = false;
  char message[JMSG_LENGTH_MAX] = {};
  Image image;
  int orientation = 1;
  ~Decoder() {
    if (started) jpeg_destroy_decompress(&jpeg);
  }
};

Decoder& decoder_of(j_common_ptr common) { return *static_cast<Decoder*>(common->client_data); }

[[noreturn]] void on_error(j_common_ptr common) {
  Decoder& d = decoder_of(common);
  common->err->format_message(common, d.message);
  std::longjmp(d.jump, 1);
}

// Where libjpeg would paint gray over what is missing, the picture is refused; what it says about harmless oddities is not heard.
void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;
  const int code = common->err->msg_code;
  if (code == JWRN_JPEG_EOF) decoder_of(common).cut_off = true;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_ARITH_BAD_CODE ||
      code == JWRN_MUST_RESYNC)
    on_error(common);
}

void on_progress(j_common_ptr common) {
  Decoder& d = decoder_of(common);
  if (d.jpeg.input_scan_number <= kMostScans) return;
  std::snprintf(d.message, sizeof d.message, "it has more than %d scans", kMostScans);
  std::longjmp(d.jump, 1);
}

void read_orientation(Decoder& d) {
  for (jpeg_saved_marker_ptr marker = d.jpeg.marker_list; marker; marker = marker->next)
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 && std::memcmp(marker->data, "Exif\0\0", 6) == 0)
      d.orientation = exif_orientation(std::as_bytes(std::span(marker->data + 6, marker->data_length - 6)));
}

bool read_header(Decoder& d, std::span<const std::byte> bytes) {
  if (setjmp(d.jump)) return false;
  jpeg_create_decompress(&d.jpeg);
  d.started = true;
  d.jpeg.progress = &d.progress;
  jpeg_mem_src(&d.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_save_markers(&d.jpeg, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&d.jpeg, TRUE);
  read_orientation(d);
  return true;
}

bool start(Decoder& d) {
  if (setjmp(d.jump)) return false;
  d.jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&d.jpeg);
  return true;
}

// One line into `to`. Lines are asked for one by one, so that memory grows with what the file really holds.
bool read_line(Decoder& d, std::uint8_t* to) {
  if (setjmp(d.jump)) return false;
  JSAMPROW row = to;
  return jpeg_read_scanlines(&d.jpeg, &row, 1) == 1;
}

[[noreturn]] void refuse(const Decoder& d, std::string_view where) {
  if (d.cut_off) fail(ErrorKind::invalid, "{}: the JPEG is cut off: its file ends before the picture does", where);
  fail(ErrorKind::invalid, "{}: the JPEG is damaged: {}", where, d.message);
}

}  // namespace

Image decode_jpeg(std::span<const std::byte> bytes, std::string_view where) {
  Decoder d;
  d.jpeg = {};
  d.progress = {};
  d.progress.progress_monitor = on_progress;
  d.jpeg.err = jpeg_std_error(&d.errors);
  d.errors.error_exit = on_error;
  d.errors.emit_message = on_message;
  d.jpeg.client_data = &d;
  if (!read_header(d, bytes)) refuse(d, where);
  check_image_size(d.jpeg.image_width, d.jpeg.image_height, where);
  const J_COLOR_SPACE colours = d.jpeg.jpeg_color_space;
  check(colours == JCS_GRAYSCALE || colours == JCS_YCbCr || colours == JCS_RGB,
        "{}: the JPEG is in colours for print (CMYK); save it in RGB first", where);
  if (!start(d)) refuse(d, where);
  d.image.width = d.jpeg.output_width;
  d.image.height = d.jpeg.output_height;
  const std::size_t line = std::size_t(d.image.width) * 3;
  for (std::int64_t y = 0; y < d.image.height; ++y) {
    d.image.pixels.resize(line * std::size_t(y + 1));
    if (!read_line(d, d.image.pixels.data() + line * std::size_t(y))) refuse(d, where);
  }
  return upright(std::move(d.image), d.orientation);
}

}  // namespace maru::io
