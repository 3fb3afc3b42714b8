#include "ctl/command.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <utility>

namespace payhook {

namespace {

template <typename Value>
constexpr bool k_is_vector = false;
template <typename Item>
constexpr bool k_is_vector<std::vector<Item>> = true;

}  // namespace

Option Option::required() const {
  m_option->required();
  return *this;
}

Option Option::shows_default() const {
  m_option->capture_default_str();
  return *this;
}

Option Option::from_environment(const std::string& name) const {
  m_option->envname(name);
  return *this;
}

Option Option::one_of(const std::vector<std::string>& words) const {
  m_option->check(CLI::IsMember(words));
  return *this;
}

Option Option::one_of_in_any_case(const std::vector<std::string>& words) const {
  m_option->transform(CLI::IsMember(words, CLI::ignore_case));
  return *this;
}

Option Option::between(int least, int most) const {
  m_option->check(CLI::Range(least, most));
  return *this;
}

Option Option::positive() const {
  m_option->check(CLI::PositiveNumber);
  return *this;
}

Option Option::checked(std::function<std::string(const std::string& value)> why_not) const {
  m_option->check(std::move(why_not));
  return *this;
}

Option Option::converted(std::function<std::string(const std::string& value)> convert) const {
  m_option->transform(std::move(convert));
  return *this;
}

Option Option::excludes(Option other) const {
  m_option->excludes(other.m_option);
  return *this;
}

Command Command::add(const std::string& name, const std::string& what) const {
  return Command(*m_app->add_subcommand(name, what), *m_run);
}

Command Command::add_group(const std::string& name, const std::string& what) const {
  const Command group = add(name, what);
  group.m_app->require_subcommand(1);
  return group;
}

template <typename Value>
Option Command::option(const std::string& names, Value& value, const std::string& what) const {
  const auto space = names.find(' ');
  CLI::Option& option = *m_app->add_option(names.substr(0, space), value, what);
  if (space != std::string::npos) {
    option.type_name(names.substr(space + 1));
  }
  if (k_is_vector<Value> && !option.get_positional()) {
    option.allow_extra_args(false);  // what follows the first is not another
  }
  return Option(option);
}

template Option Command::option(const std::string&, std::string&, const std::string&) const;
template Option Command::option(const std::string&, std::filesystem::path&,
                                const std::string&) const;
template Option Command::option(const std::string&, double&, const std::string&) const;
template Option Command::option(const std::string&, std::int64_t&, const std::string&) const;
template Option Command::option(const std::string&, std::size_t&, const std::string&) const;
template Option Command::option(const std::string&, std::optional<std::string>&,
                                const std::string&) const;
template Option Command::option(const std::string&, std::optional<std::size_t>&,
                                const std::string&) const;
template Option Command::option(const std::string&, std::vector<std::string>&,
                                const std::string&) const;
template Option Command::option(const std::string&, std::vector<std::int64_t>&,
                                const std::string&) const;
template Option Command::option(const std::string&,
                                std::vector<std::pair<std::string, std::string>>&,
                                const std::string&) const;

Option Command::flag(const std::string& names, bool& value, const std::string& what) const {
  return Option(*m_app->add_flag(names, value, what));
}

void Command::example(const std::string& line) const { m_app->footer("Example: " + line); }

void Command::runs(Run run) const {
  m_app->callback([to = m_run, run = std::move(run)] { *to = run; });
}

}  // namespace payhook
