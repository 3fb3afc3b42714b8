#include "service/bash_completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

namespace payhook {

namespace {

constexpr std::string_view k_option = "--bash-completion";

// The first words that are commands say which one it is, as "source add".
constexpr auto k_script = R"bash(# bash completion for {program}
_{function}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command='' word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$command $word" in
{commands}    esac
  done
  COMPREPLY=()
  case "$command $previous" in
{values}  esac
  case "$command" in
{words}  esac
}}
complete -o default -F _{function} {program}
)bash";

bool is_shown(const CLI::App& app) { return !app.get_group().empty(); }
bool is_shown(const CLI::Option& option) { return !option.get_group().empty(); }

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  std::transform(option.get_lnames().begin(), option.get_lnames().end(), std::back_inserter(names),
                 [](const std::string& name) { return "--" + name; });
  std::transform(option.get_snames().begin(), option.get_snames().end(), std::back_inserter(names),
                 [](const std::string& name) { return "-" + name; });
  return names;
}

/// What a type's name says of its values, as "{csv,jsonl}".
std::string choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto begin = type.find('{');
  const auto end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) {
    return "";
  }
  std::string choices = type.substr(begin + 1, end - begin - 1);
  std::replace(choices.begin(), choices.end(), ',', ' ');
  return choices;
}

bool takes_a_file(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.starts_with("FILE") || type.starts_with("DIRECTORY");
}

class Script {
 public:
  explicit Script(const CLI::App& program) : m_program(program) { add(program, ""); }

  std::string text() const {
    std::string function = m_program.get_name();
    std::replace(function.begin(), function.end(), '-', '_');
    return fmt::format(fmt::runtime(k_script), fmt::arg("program", m_program.get_name()),
                       fmt::arg("function", function), fmt::arg("commands", m_commands),
                       fmt::arg("values", m_values), fmt::arg("words", m_words));
  }

 private:
  /// `path` is how the command is called, as "source add"; empty for the program.
  void add(const CLI::App& app, const std::string& path) {
    std::vector<std::string> words;
    for (const CLI::App* const command :
         app.get_subcommands([](const CLI::App*) { return true; })) {
      if (is_shown(*command)) {
        const std::string called = (path.empty() ? "" : path + " ") + command->get_name();
        m_commands +=
            fmt::format("      '{} {}') command='{}' ;;\n", path, command->get_name(), called);
        words.push_back(command->get_name());
        add(*command, called);
      }
    }
    add_options(app, path, words);
    if (&app != &m_program) {
      add_options(m_program, path, words);
    }
    m_words +=
        fmt::format("    '{}') mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\") ;;\n",
                    path, fmt::join(words, " "));
  }

  void add_options(const CLI::App& app, const std::string& path, std::vector<std::string>& words) {
    for (const CLI::Option* const option : app.get_options()) {
      const std::vector<std::string> names = names_of(*option);
      if (!is_shown(*option) || names.empty()) {
        continue;
      }
      std::copy_if(names.begin(), names.end(), std::back_inserter(words), [&](const auto& name) {
        return std::find(words.begin(), words.end(), name) == words.end();
      });
      if (option->get_items_expected_max() > 0) {
        add_value(*option, path, names);
      }
    }
  }

  void add_value(const CLI::Option& option, const std::string& path,
                 const std::vector<std::string>& names) {
    std::vector<std::string> patterns;
    std::transform(names.begin(), names.end(), std::back_inserter(patterns),
                   [&path](const std::string& name) { return fmt::format("'{} {}'", path, name); });
    // Without an answer bash completes the names of files.
    const std::string answer =
        takes_a_file(option) ? "return"
                             : fmt::format(
                                   "mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\"); "
                                   "compopt +o default; return",
                                   choices_of(option));
    m_values += fmt::format("    {}) {} ;;\n", fmt::join(patterns, " | "), answer);
  }

  const CLI::App& m_program;
  std::string m_commands;
  std::string m_values;
  std::string m_words;
};

}  // namespace

std::string bash_completion(const CLI::App& app) { return Script(app).text(); }

void add_bash_completion(CLI::App& app) {
  app.add_flag_callback(std::string(k_option),
                        [&app] {
                          fmt::print("{}", bash_completion(app));
                          throw CLI::Success();
                        })
      ->group("");
}

}  // namespace payhook
