#include "store/postgresql/hosts.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sysexits.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "core/program_error.h"

namespace payhook::postgresql {

namespace {

struct Free {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
  void operator()(char* text) const noexcept { PQfreemem(text); }
};

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    parts.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

/// One port may be that of all hosts.
std::string at(const std::vector<std::string>& parts, std::size_t place) {
  if (parts.size() == 1) {
    return parts.front();
  }
  return place < parts.size() ? parts[place] : "";
}

}  // namespace

std::vector<Host> hosts_of(const std::string& conninfo) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, Free> options(
      PQconninfoParse(conninfo.c_str(), &message));
  const std::unique_ptr<char, Free> owned(message);
  if (options == nullptr) {
    // The message may quote the connection string, in which a password may be.
    throw ProgramError(EX_CONFIG,
                       "the store's URL is no connection string of PostgreSQL, as in "
                       "postgresql://payhook@db1,db2/payhook?sslmode=verify-full");
  }
  const auto parts = [&options](std::string_view keyword) {
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
      if (keyword == option->keyword && option->val != nullptr) {
        return parts_of(option->val);
      }
    }
    return std::vector<std::string>();
  };
  const auto names = parts("host");
  const auto addresses = parts("hostaddr");
  const auto ports = parts("port");
  std::vector<Host> hosts(std::max({names.size(), addresses.size(), std::size_t{1}}));
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    hosts[i] = {i < names.size() ? names[i] : "", i < addresses.size() ? addresses[i] : "",
                at(ports, i)};
  }
  return hosts;
}

}  // namespace payhook::postgresql
