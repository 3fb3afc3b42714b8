#include "api/http.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace payhook {

namespace {

// Of a text, for the next request of its connection: there may be tens of thousands that wait.
constexpr std::size_t k_kept_bytes = 64;

void empty(std::string& text) noexcept {
  if (text.capacity() > k_kept_bytes) {
    std::string().swap(text);
  } else {
    text.clear();
  }
}

// Room for any front end's ids; in the log's lines a longer one would leave none for the rest.
constexpr std::size_t k_max_id_bytes = 128;

/// Whether it may stand in a header and in the log as it is.
bool is_good_id(std::string_view id) {
  return !id.empty() && id.size() <= k_max_id_bytes &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string random_id() {
  std::array<std::uint64_t, 2> bits{};
  if (::getrandom(bits.data(), sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    return "unknown";
  }
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

}  // namespace

void HttpRequest::clear() noexcept {
  variables = {};
  empty(id);
  empty(body);
  cut = Cut::NOTHING;
  held_bytes = 0;
  arrived_at = {};
}

void give_id(HttpRequest& request) {
  const std::string_view given = request.variables.find(MetaVariable::REQUEST_ID);
  request.id = is_good_id(given) ? given : random_id();
}

std::string to_cgi_text(const HttpResponse& response, const HttpRequest& request) {
  std::string text;
  text.reserve(320 + response.body.size());
  const auto header = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  text.append("Status: ").append(std::to_string(response.status)).append(" ");
  text.append(response.status.reason()).append("\r\n");
  header("Content-Type", response.content_type);
  header("Cache-Control", "no-store");
  header("X-Content-Type-Options", "nosniff");
  header("X-Request-Id", request.id);
  if (response.status != 204) {
    header("Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) {
    header(name, value);
  }
  text.append("\r\n");
  if (request.method() != "HEAD") {
    text.append(response.body);
  }
  return text;
}

}  // namespace payhook
