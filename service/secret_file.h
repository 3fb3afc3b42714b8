#pragma once

#include <filesystem>
#include <string>

namespace payhook {

/// The secret in a file, without the line break at its end, "\n" or "\r\n". Throws
/// std::invalid_argument, saying what to do and nothing of the secret, for a file that cannot be
/// read, is empty or larger than 64 KiB, or that others than its owner and group may read or write.
/// Thread-safe.
std::string read_secret_file(const std::filesystem::path& file);

}  // namespace payhook
