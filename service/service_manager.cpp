#include "service/service_manager.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>

namespace payhook::service_manager {

static_assert(k_first_socket == SD_LISTEN_FDS_START);

int handed_over_sockets() { return ::sd_listen_fds(1); }

bool is_listening() noexcept {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody in these programs writes the environment.
  return std::getenv("NOTIFY_SOCKET") != nullptr;
}

std::filesystem::path runtime_directory() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody in these programs writes the environment.
  const char* const directory = std::getenv("RUNTIME_DIRECTORY");
  return directory != nullptr ? directory : "";
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) {
    return std::nullopt;
  }
  return std::chrono::microseconds{microseconds};
}

void tell_ready() { ::sd_notify(0, "READY=1"); }

void tell_reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  ::sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                             std::chrono::duration_cast<std::chrono::microseconds>(now).count())
                     .c_str());
}

void tell_stopping() { ::sd_notify(0, "STOPPING=1"); }

void tell_alive() { ::sd_notify(0, "WATCHDOG=1"); }

void tell_status(const std::string& status) {
  ::sd_notify(0, fmt::format("STATUS={}", status).c_str());
}

}  // namespace payhook::service_manager
