#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace payhook {

/// A file that is there as a whole or not at all, whatever ends the program: it is written beside
/// its place under another name, readable for its owner alone, and takes its place when it is
/// synced. For one thread.
class OutputFile {
 public:
  /// Throws ProgramError (EX_CANTCREAT) where it cannot be created, or would replace what is no
  /// regular file.
  explicit OutputFile(std::filesystem::path file);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Takes away what was not finished.
  ~OutputFile();

  /// Throws std::system_error, as finish() does.
  void write(std::string_view bytes);

  /// Puts it in its place, and in that of a file that is there already.
  void finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  const std::filesystem::path m_file;
  std::string m_unfinished;  // its name meanwhile; empty once it is finished
  std::unique_ptr<std::FILE, Close> m_stream;
};

}  // namespace payhook
