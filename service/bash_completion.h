#pragma once

#include <string>

namespace CLI {
class App;
}

namespace payhook {

/// A script for bash that completes the commands and options of a program, and of each command. A
/// value whose type is FILE or DIRECTORY is a file's name; what is known of no other value is not
/// completed.
std::string bash_completion(const CLI::App& app);

/// Gives a program an option that writes that script, which --help does not show: the build asks
/// for it.
void add_bash_completion(CLI::App& app);

}  // namespace payhook
