#pragma once

#include <string>

namespace payhook {

/// A secret that somebody types or pastes, which the terminal does not show: a line, or a key in
/// PEM to its end. Where standard input is no terminal, all of that. Throws ProgramError
/// (EX_NOINPUT) where there is none, and std::system_error.
std::string ask_for_secret(const std::string& question);

}  // namespace payhook
