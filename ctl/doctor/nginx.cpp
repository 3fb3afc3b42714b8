#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ctl/doctor/checks.h"
#include "ctl/doctor/command_output.h"
#include "ctl/doctor/nginx_settings.h"
#include "ctl/human_text.h"

namespace payhook::doctor {

namespace {

using Level = Finding::Level;

/// What holds in a block, with nginx's defaults where nobody says anything.
struct Limits {
  std::int64_t max_body = std::int64_t{1} << 20;
  std::int64_t body_buffer = std::int64_t{16} << 10;
  std::int64_t read_timeout_ms = 60'000;
};

/// The number in front of a unit, times what the unit is worth; `otherwise` where it is none.
std::int64_t number_of(std::string_view text,
                       std::span<const std::pair<std::string_view, int>> units,
                       std::int64_t otherwise) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) {
    return otherwise;
  }
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, worth] : units) {
    if (unit == name) {
      return number * worth;
    }
  }
  return otherwise;
}

std::int64_t bytes_of(std::string_view text) {
  constexpr std::pair<std::string_view, int> k_units[] = {
      {"", 1},        {"k", 1 << 10}, {"K", 1 << 10}, {"m", 1 << 20},
      {"M", 1 << 20}, {"g", 1 << 30}, {"G", 1 << 30}};
  return number_of(text, k_units, 0);
}

std::int64_t milliseconds_of(std::string_view text) {
  constexpr std::pair<std::string_view, int> k_units[] = {
      {"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  return number_of(text, k_units, std::numeric_limits<std::int64_t>::max());
}

/// A block's own, in the place of those around it.
Limits limits_in(const NginxDirective& block, Limits limits) {
  for (const NginxDirective& each : block.block) {
    if (each.is("client_max_body_size")) {
      const std::int64_t bytes = bytes_of(each.argument());
      limits.max_body = bytes == 0 ? std::numeric_limits<std::int64_t>::max() : bytes;
    } else if (each.is("client_body_buffer_size")) {
      limits.body_buffer = bytes_of(each.argument());
    } else if (each.is("fastcgi_read_timeout")) {
      limits.read_timeout_ms = milliseconds_of(each.argument());
    }
  }
  return limits;
}

/// A location that hands requests to the responder.
struct Place {
  std::string name;
  std::string exact_path;  ///< where it is for one path
  Limits limits;
};

/// By which names fastcgi_pass may know the socket.
std::set<std::string> names_of(const std::vector<NginxDirective>& blocks,
                               const std::string& socket) {
  const std::string server = "unix:" + socket;
  std::set<std::string> names{server};
  for (const NginxDirective& block : blocks) {
    names.merge(names_of(block.block, socket));
    const bool is_ours =
        block.is("upstream") &&
        std::any_of(block.block.begin(), block.block.end(), [&server](const auto& each) {
          return each.is("server") && each.argument() == server;
        });
    if (is_ours) {
      names.insert(block.argument());
    }
  }
  return names;
}

void find_places(const std::vector<NginxDirective>& blocks, const Limits& around,
                 const std::set<std::string>& names, std::vector<Place>& places) {
  for (const NginxDirective& block : blocks) {
    const Limits limits = limits_in(block, around);
    const bool is_ours =
        block.is("location") &&
        std::any_of(block.block.begin(), block.block.end(), [&names](const auto& each) {
          return each.is("fastcgi_pass") && names.contains(each.argument());
        });
    if (is_ours) {
      const bool is_exact = block.words.size() == 3 && block.words[1] == "=";
      places.push_back(
          {fmt::format("{}", fmt::join(block.words, " ")), is_exact ? block.words[2] : "", limits});
    }
    find_places(block.block, limits, names, places);
  }
}

/// The most that may be sent to a place, or nothing where no webhooks come there. A location that
/// is for more than one path is for those that have none of their own.
std::size_t most_sent_to(const Place& place, const std::vector<Place>& places,
                         const Config& config) {
  std::size_t most = 0;
  for (const auto& source : config.sources) {
    const std::string path = source->path();
    const bool has_its_own = std::any_of(places.begin(), places.end(), [&path](const Place& each) {
      return each.exact_path == path;
    });
    if (place.exact_path == path || (place.exact_path.empty() && !has_its_own)) {
      most = std::max(most, source->max_body_bytes);
    }
  }
  return most;
}

void check_place(const Place& place, std::size_t most, std::vector<Finding>& findings) {
  constexpr std::int64_t k_usual_body = std::int64_t{64} << 10;
  constexpr std::int64_t k_answer_ms = 5000;  // within which the responder answers
  const auto needed = static_cast<std::int64_t>(most);
  if (place.limits.max_body < needed) {
    findings.push_back(
        {Level::PROBLEM,
         fmt::format("nginx takes {} at {}, and the settings allow {}: what is "
                     "between them is answered 413",
                     human_bytes(place.limits.max_body), place.name, human_bytes(needed)),
         fmt::format("client_max_body_size {}; in that location, or less in "
                     "max_body_bytes",
                     needed)});
  }
  if (place.limits.body_buffer < std::min(needed, k_usual_body)) {
    findings.push_back({Level::WARNING,
                        fmt::format("nginx writes what is larger than {} to a file first, at {}",
                                    human_bytes(place.limits.body_buffer), place.name),
                        "client_body_buffer_size 72k;"});
  }
  if (needed > 0 && place.limits.read_timeout_ms < k_answer_ms) {
    findings.push_back({Level::WARNING,
                        fmt::format("nginx waits {} ms for an answer at {}, and the responder may "
                                    "need 4 s to say that it cannot store",
                                    place.limits.read_timeout_ms, place.name),
                        "fastcgi_read_timeout 15s;"});
  }
}

/// nginx's own snippet lets webhooks in at "location /" too, and turns them away there: what is for
/// webhooks by its name counts where there is any.
std::vector<Place> places_of_webhooks(const std::vector<Place>& places) {
  std::vector<Place> named;
  std::copy_if(places.begin(), places.end(), std::back_inserter(named), [](const Place& each) {
    return each.name.find("/v1/webhooks") != std::string::npos;
  });
  return named.empty() ? places : named;
}

}  // namespace

std::vector<Finding> check_nginx_settings(std::string_view dump, const Config& config) {
  const std::vector<NginxDirective> all = parse_nginx_settings(dump);
  const std::string socket = config.responder.listen.string();
  std::vector<Place> places;
  find_places(all, limits_in({{}, all}, {}), names_of(all, socket), places);
  if (places.empty()) {
    return {{Level::WARNING, fmt::format("nginx hands nothing to {}", socket),
             "link /etc/nginx/sites-available/payhook into sites-enabled, and reload nginx, unless "
             "another web server is used"}};
  }
  places = places_of_webhooks(places);
  std::vector<Finding> findings;
  for (const Place& place : places) {
    check_place(place, most_sent_to(place, places, config), findings);
  }
  if (findings.empty()) {
    findings.push_back({Level::OK, "nginx lets through what the settings allow"});
  }
  return findings;
}

std::vector<Finding> check_nginx(const Config& config) {
  std::error_code none;
  if (!std::filesystem::exists("/usr/sbin/nginx", none)) {
    return {{Level::OK, "nginx is not installed here"}};
  }
  const auto dump = output_of({"nginx", "-T"});
  if (dump) {
    return check_nginx_settings(*dump, config);
  }
  return {::geteuid() == 0
              ? Finding{Level::PROBLEM, "nginx finds its own settings wrong", "nginx -t says where"}
              : Finding{Level::OK, "nginx's settings are for root alone to be read"}};
}

}  // namespace payhook::doctor
