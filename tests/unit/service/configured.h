#pragma once

#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <string>

#include "service/config/config.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

/// A source named "it" that has these settings and this secret.
inline std::shared_ptr<const Source> configured(const std::string& settings,
                                                const std::string& secret) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "it.toml";
  std::ofstream(directory.path() / "secret") << secret;
  ::chmod((directory.path() / "secret").c_str(), 0600);
  std::ofstream(file) << "[[source]]\nname = \"it\"\nsecrets = [\"./secret\"]\n" << settings;
  return load_config({&file, 1}).sources.front();
}

}  // namespace payhook::test
