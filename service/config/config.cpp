#include "service/config/config.h"

#include <fmt/format.h>
#include <sys/un.h>
#include <sysexits.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/program_error.h"
#include "service/config/toml_depth.h"

namespace payhook {

namespace {

// Of a file; payhook.toml and what an admin adds to it are a hundredth of that.
constexpr std::size_t k_max_bytes = std::size_t{1} << 20;

// Both are what the system leaves for the name: SQLite adds "-journal" to it, and takes 512 bytes.
constexpr std::size_t k_max_database_bytes = 504;
constexpr std::size_t k_max_socket_bytes = sizeof(sockaddr_un::sun_path) - 1;

ProgramError config_error(std::string_view file, std::size_t line, const std::string& message) {
  return {EX_CONFIG, fmt::format("{}:{}: {}", file, line, message)};
}

ProgramError config_error(const toml::source_region& where, const std::string& message) {
  return config_error(where.path ? *where.path : "", where.begin.line, message);
}

/// One table of a file. Each read names a key, so that what is left over is unknown.
class Section {
 public:
  Section(const toml::table& table, std::string prefix)
      : m_table(table), m_prefix(std::move(prefix)) {}

  const toml::node* find(std::string_view key) {
    m_known.emplace_back(key);
    return m_table.get(key);
  }

  void read_path(std::string_view key, std::filesystem::path& value, std::size_t most_bytes) {
    if (const toml::node* node = find(key)) {
      const auto text = node->value_exact<std::string>().value_or("");
      if (!text.starts_with('/')) {
        throw refused(*node, key, "must be a string holding an absolute path");
      }
      if (text.ends_with('/') || text.find('\0') != std::string::npos) {
        throw refused(*node, key, "must be the path of a file, without a NUL character");
      }
      if (text.size() > most_bytes) {
        throw refused(*node, key, fmt::format("must be at most {} bytes long", most_bytes));
      }
      value = text;
    }
  }

  std::int64_t read_integer(std::string_view key, std::int64_t otherwise, std::int64_t least,
                            std::int64_t most) {
    const toml::node* node = find(key);
    return node == nullptr ? otherwise : integer(*node, key, least, most);
  }

  /// One of two words, each of which stands for a value.
  template <typename Value>
  void read_choice(std::string_view key, Value& value, std::pair<std::string_view, Value> first,
                   std::pair<std::string_view, Value> second) {
    if (const toml::node* node = find(key)) {
      const std::string text = node->value_exact<std::string>().value_or("");
      if (text != first.first && text != second.first) {
        throw refused(*node, key,
                      fmt::format(R"(must be "{}" or "{}")", first.first, second.first));
      }
      value = text == first.first ? first.second : second.second;
    }
  }

  void read_currencies(Currencies& currencies) const {
    std::set<std::string> codes;
    for (const auto& [key, node] : m_table) {
      const auto units = integer(node, key.str(), 0, Currencies::k_max_minor_units);
      try {
        if (!codes.insert(currencies.add(key.str(), static_cast<int>(units))).second) {
          throw refused(node, key.str(), "is there already, in another case");
        }
      } catch (const std::invalid_argument& e) {
        throw config_error(key.source(), e.what());
      }
    }
  }

  /// The table under `key`, empty when the file has none.
  Section section(std::string_view key) {
    static const toml::table k_empty;
    const toml::node* node = find(key);
    if (node != nullptr && !node->is_table()) {
      throw refused(*node, key, "must be a table");
    }
    return {node == nullptr ? k_empty : *node->as_table(), fmt::format("{}{}.", m_prefix, key)};
  }

  void refuse_unknown_keys() const {
    for (const auto& [key, node] : m_table) {
      if (std::find(m_known.begin(), m_known.end(), key.str()) == m_known.end()) {
        throw config_error(key.source(),
                           fmt::format("unknown key '{}{}'; the keys here are: {}", m_prefix,
                                       key.str(), fmt::join(m_known, ", ")));
      }
    }
  }

 private:
  ProgramError refused(const toml::node& node, std::string_view key, std::string_view rule) const {
    return config_error(node.source(), fmt::format("{}{} {}", m_prefix, key, rule));
  }

  std::int64_t integer(const toml::node& node, std::string_view key, std::int64_t least,
                       std::int64_t most) const {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      throw refused(node, key, fmt::format("must be a whole number from {} to {}", least, most));
    }
    return *value;
  }

  const toml::table& m_table;
  std::string m_prefix;
  std::vector<std::string> m_known;
};

/// Throws ProgramError (EX_CONFIG).
std::string text_of(const std::filesystem::path& file) {
  const auto unreadable = [&file](const std::string& why) {
    return ProgramError(
        EX_CONFIG, fmt::format("cannot read the configuration file {}: {}", file.string(), why));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw unreadable("Is a directory");
  }
  std::ifstream stream(file);
  if (!stream.is_open()) {
    throw unreadable(std::generic_category().message(errno));
  }
  std::string text(k_max_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > k_max_bytes) {
    throw unreadable(fmt::format("it has more than {} bytes", k_max_bytes));
  }
  return text;
}

toml::table parse_file(const std::filesystem::path& file) {
  const std::string text = text_of(file);
  if (const std::size_t line = too_deep_line(text); line != 0) {
    throw config_error(file.string(), line, "a key or value with too many levels");
  }
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& e) {
    throw config_error(e.source(), std::string(e.description()));
  }
}

void read_file(const std::filesystem::path& file, Config& config) {
  const toml::table table = parse_file(file);
  Section top(table, "");
  top.read_path("database", config.database, k_max_database_bytes);

  Section responder = top.section("responder");
  responder.read_path("listen", config.responder.listen, k_max_socket_bytes);
  config.responder.max_body_bytes = static_cast<std::size_t>(responder.read_integer(
      "max_body_bytes", static_cast<std::int64_t>(config.responder.max_body_bytes), 1, 1 << 20));
  responder.read_choice<ConflictAnswer>(
      "conflicting_duplicate", config.responder.conflicting_duplicate,
      {"accept", ConflictAnswer::ACCEPT}, {"reject", ConflictAnswer::REJECT});
  responder.refuse_unknown_keys();

  constexpr std::int64_t k_year = 366L * 86400;
  Section processor = top.section("processor");
  config.processor.delay = std::chrono::seconds{
      processor.read_integer("delay_seconds", config.processor.delay.count(), 0, k_year)};
  processor.refuse_unknown_keys();

  Section log = top.section("log");
  log.read_choice<log::TransactionIds>("transaction_id", config.log.transaction_ids,
                                       {"hash", log::TransactionIds::HASHED},
                                       {"omit", log::TransactionIds::OMITTED});
  log.refuse_unknown_keys();

  top.section("currencies").read_currencies(config.currencies);
  top.refuse_unknown_keys();
}

}  // namespace

std::vector<std::filesystem::path> config_files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  try {
    if (const auto more = directory / "conf.d"; std::filesystem::exists(more)) {
      for (const auto& entry : std::filesystem::directory_iterator(more)) {
        if (entry.path().extension() == ".toml") {
          files.push_back(entry.path());
        }
      }
      std::sort(files.begin(), files.end());
    }
    if (const auto first = directory / "payhook.toml"; std::filesystem::exists(first)) {
      files.insert(files.begin(), first);
    }
  } catch (const std::filesystem::filesystem_error& e) {
    throw ProgramError(EX_CONFIG, e.what());
  }
  return files;
}

Config load_config(std::span<const std::filesystem::path> files) {
  Config config;
  for (const auto& file : files) {
    read_file(file, config);
  }
  return config;
}

}  // namespace payhook
