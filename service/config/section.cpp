#include "service/config/section.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "core/program_error.h"
#include "service/config/toml_depth.h"

namespace payhook {

namespace {

// Of a file; payhook.toml and what an admin adds to it are a hundredth of that.
constexpr std::size_t k_max_bytes = std::size_t{1} << 20;

ProgramError config_error(std::string_view file, std::size_t line, const std::string& message) {
  return {EX_CONFIG, fmt::format("{}:{}: {}", file, line, message)};
}

ProgramError config_error(const toml::source_region& where, const std::string& message) {
  return config_error(where.path ? *where.path : "", where.begin.line, message);
}

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

const toml::table& table_in(const std::shared_ptr<const void>& section) {
  return *static_cast<const toml::table*>(section.get());
}

}  // namespace

/// A key of a section, and what it is set to: a null pointer where it is not set.
struct ConfigSection::Setting {
  const toml::node* node;
  std::string name;

  ProgramError refused(const std::string& rule) const {
    return config_error(node->source(), fmt::format("{} {}", name, rule));
  }

  std::int64_t integer(std::int64_t least, std::int64_t most) const {
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      throw refused(fmt::format("must be a whole number from {} to {}", least, most));
    }
    return *value;
  }

  /// Empty where it is no string.
  std::string text() const { return node->value_exact<std::string>().value_or(""); }

  std::string path() const {
    std::string path = text();
    if (!path.starts_with('/')) {
      throw refused("must be a string holding an absolute path");
    }
    if (path.ends_with('/') || path.find('\0') != std::string::npos) {
      throw refused("must be the path of a file, without a NUL character");
    }
    return path;
  }
};

ConfigSection::Setting ConfigSection::find(std::string_view key) {
  m_known.emplace_back(key);
  return {table_in(m_table).get(key), fmt::format("{}{}", m_prefix, key)};
}

ConfigSection ConfigSection::of_file(const std::filesystem::path& file) {
  return {std::make_shared<const toml::table>(parse_file(file)), ""};
}

void ConfigSection::read_path(std::string_view key, std::filesystem::path& value,
                              std::size_t most_bytes) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  const std::string path = setting.path();
  if (path.size() > most_bytes) {
    throw setting.refused(fmt::format("must be at most {} bytes long", most_bytes));
  }
  value = path;
}

void ConfigSection::read_every_path(std::string_view key,
                                    const std::function<void(const std::filesystem::path&)>& use) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  const toml::array* const array = setting.node->as_array();
  if (array == nullptr || array->empty()) {
    throw setting.refused("must be an array of at least one path");
  }
  for (const toml::node& node : *array) {
    const Setting element{&node, setting.name};
    try {
      use(element.path());
    } catch (const std::invalid_argument& e) {
      throw element.refused(fmt::format("is refused: {}", e.what()));
    }
  }
}

std::int64_t ConfigSection::read_integer(std::string_view key, std::int64_t otherwise,
                                         std::int64_t least, std::int64_t most) {
  const Setting setting = find(key);
  return setting.node == nullptr ? otherwise : setting.integer(least, most);
}

std::optional<bool> ConfigSection::read_word(std::string_view key, std::string_view first,
                                             std::string_view second) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return std::nullopt;
  }
  const std::string text = setting.text();
  if (text != first && text != second) {
    throw setting.refused(fmt::format(R"(must be "{}" or "{}")", first, second));
  }
  return text == first;
}

void ConfigSection::read_every_integer(
    std::int64_t least, std::int64_t most,
    const std::function<void(std::string_view, std::int64_t)>& use) {
  for (const auto& [key, node] : table_in(m_table)) {
    const std::int64_t value =
        Setting{&node, fmt::format("{}{}", m_prefix, key.str())}.integer(least, most);
    m_known.emplace_back(key.str());
    try {
      use(key.str(), value);
    } catch (const std::invalid_argument& e) {
      throw config_error(key.source(), e.what());
    }
  }
}

void ConfigSection::read_section(std::string_view key,
                                 const std::function<void(ConfigSection&)>& read) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  if (!setting.node->is_table()) {
    throw setting.refused("must be a table");
  }
  // It keeps all of the file.
  ConfigSection section({m_table, setting.node->as_table()}, setting.name + '.');
  read(section);
  section.refuse_unknown_keys();
}

void ConfigSection::refuse_unknown_keys() const {
  for (const auto& [key, node] : table_in(m_table)) {
    if (std::find(m_known.begin(), m_known.end(), key.str()) == m_known.end()) {
      throw config_error(key.source(), fmt::format("unknown key '{}{}'; the keys here are: {}",
                                                   m_prefix, key.str(), fmt::join(m_known, ", ")));
    }
  }
}

}  // namespace payhook
