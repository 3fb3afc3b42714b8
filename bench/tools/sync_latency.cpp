// What it costs to make something durable on this disk: appends 4 KiB to a file and syncs it, again
// and again, and prints the median in microseconds.
//
// Usage: sync_latency FILE TIMES

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "core/unique_fd.h"

namespace {

using Microseconds = std::chrono::duration<double, std::micro>;

Microseconds append_and_sync(int file) {
  static constexpr std::array<char, 4096> k_page{};
  const auto begin = std::chrono::steady_clock::now();
  if (::write(file, k_page.data(), k_page.size()) < 0 || ::fdatasync(file) != 0) {
    std::cerr << "sync_latency: cannot write to the file\n";
    std::exit(EXIT_FAILURE);
  }
  return std::chrono::steady_clock::now() - begin;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "Usage: sync_latency FILE TIMES\n";
    return EXIT_FAILURE;
  }
  const payhook::UniqueFd file(::open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  std::vector<Microseconds> times(std::stoul(argv[2]));
  std::generate(times.begin(), times.end(), [&file] { return append_and_sync(file.get()); });
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  std::cout << middle->count() << '\n';
}
