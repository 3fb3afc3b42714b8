#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ctl/context.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace payhook {

/// Does what a command was asked to, and returns the exit status, from sysexits.h. Throws
/// ProgramError, std::system_error and what the store throws.
using Run = std::function<int(Context&)>;

/// Something that a command can be given. A value that it refuses is an error in the command line.
class Option {
 public:
  explicit Option(CLI::Option& option) : m_option(&option) {}

  Option required() const;
  /// --help shows the value that it has now as what it is by default.
  Option shows_default() const;
  Option from_environment(const std::string& name) const;
  Option one_of(const std::vector<std::string>& words) const;
  /// The words are in upper case, and may be given in lower case.
  Option one_of_in_any_case(const std::vector<std::string>& words) const;
  Option between(int least, int most) const;
  Option positive() const;
  /// `why_not` is told the value, and is empty for one that is good.
  Option checked(std::function<std::string(const std::string& value)> why_not) const;
  Option converted(std::function<std::string(const std::string& value)> convert) const;
  Option excludes(Option other) const;

 private:
  CLI::Option* m_option;
};

/// A command with what it can be given, or the program with its commands. It is CLI11's, whose
/// header takes longer to compile than any command does: this is the place that knows it.
class Command {
 public:
  /// `run` becomes what the command that was given runs.
  Command(CLI::App& app, Run& run) : m_app(&app), m_run(&run) {}

  Command add(const std::string& name, const std::string& what) const;
  /// It does nothing itself: one of its commands must be given.
  Command add_group(const std::string& name, const std::string& what) const;

  /// `names` are those of the option and of its value, as "-n,--limit COUNT"; or of an argument
  /// that has its place, as "FILE". Value is a string, path, number, an optional of one, or a
  /// vector: an option that has one may be given again.
  template <typename Value>
  Option option(const std::string& names, Value& value, const std::string& what) const;
  Option flag(const std::string& names, bool& value, const std::string& what) const;

  /// What --help ends with.
  void example(const std::string& line) const;
  void runs(Run run) const;

 private:
  CLI::App* m_app;
  Run* m_run;
};

}  // namespace payhook
