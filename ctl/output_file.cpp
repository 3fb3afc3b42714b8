#include "ctl/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "core/program_error.h"
#include "core/sync_directory.h"
#include "core/system_error.h"
#include "core/unique_fd.h"

namespace payhook {

namespace {

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path file)
    : m_file(std::move(file)), m_unfinished(m_file.string() + ".XXXXXX") {
  std::error_code error;
  if (std::filesystem::exists(m_file, error) && !std::filesystem::is_regular_file(m_file, error)) {
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("{} is no regular file, and is not replaced", m_file.string()));
  }
  UniqueFd fd(::mkostemp(m_unfinished.data(), O_CLOEXEC));
  if (!fd) {
    throw ProgramError(
        EX_CANTCREAT,
        fmt::format("cannot create {}: {} (as user id {}, which root becomes for the database's "
                    "sake: name a directory of that user, or have the shell write the file)",
                    m_file.string(), std::generic_category().message(errno), ::geteuid()));
  }
  m_stream.reset(::fdopen(fd.get(), "w"));
  if (m_stream == nullptr) {
    throw_errno("cannot write " + m_unfinished);
  }
  static_cast<void>(fd.release());
}

OutputFile::~OutputFile() {
  if (!m_unfinished.empty()) {
    ::unlink(m_unfinished.c_str());
  }
}

void OutputFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), m_stream.get()) != bytes.size()) {
    throw_errno("cannot write " + m_unfinished);
  }
}

void OutputFile::finish() {
  if (std::fflush(m_stream.get()) != 0 || ::fsync(::fileno(m_stream.get())) != 0) {
    throw_errno("cannot write " + m_unfinished);
  }
  std::filesystem::rename(m_unfinished, m_file);
  m_unfinished.clear();
  sync_directory(directory_of(m_file));
}

}  // namespace payhook
