#include "webhook/gzip.h"

#include <zlib.h>

namespace payhook {

std::optional<std::string> gunzipped(std::string_view bytes, std::size_t most_bytes) {
  constexpr int k_only_gzip = 16;
  z_stream stream{};
  if (::inflateInit2(&stream, k_only_gzip + MAX_WBITS) != Z_OK) {
    return std::nullopt;
  }
  std::string plain(most_bytes, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // it only reads it
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const bool is_whole = ::inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
  plain.resize(most_bytes - stream.avail_out);
  ::inflateEnd(&stream);
  return is_whole ? std::optional(std::move(plain)) : std::nullopt;
}

}  // namespace payhook
