#pragma once

#include <string>

namespace payhook {

/// All that a file has, or standard input for "-": at most 1 MiB. Throws ProgramError (EX_NOINPUT).
std::string read_input(const std::string& file);

}  // namespace payhook
