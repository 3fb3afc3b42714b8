#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace payhook {

/// What a program is started with.
struct SpawnedProgram {
  std::vector<std::string> command;      ///< its absolute path first
  std::vector<std::string> environment;  ///< NAME=value, all there is
  int input = -1;                        ///< becomes its standard input
  int output = -1;                       ///< becomes its standard output and error
};

/// Starts a program in a process group of its own, in the directory /, with no other descriptor, no
/// signal blocked or handled, and killed when the thread ends that has started it: however
/// violently this process dies, no program goes on that nobody watches. Returns its process id.
/// Throws std::system_error. Thread-safe.
pid_t spawn(const SpawnedProgram& program);

}  // namespace payhook
