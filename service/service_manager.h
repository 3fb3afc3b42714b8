#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

/// What a program and the service manager that started it tell each other: systemd's protocols. A
/// program that nobody manages tells nobody. The functions that tell are thread-safe.
namespace payhook::service_manager {

/// The number of sockets that were handed over, from descriptor k_first_socket on. Call it once,
/// before any thread starts.
int handed_over_sockets();
inline constexpr int k_first_socket = 3;

/// Whether somebody wants to be told.
bool is_listening() noexcept;

/// Where the program may leave files that last until it is stopped: over its restarts, but not over
/// the machine's. Empty if nowhere.
std::filesystem::path runtime_directory();

/// How often it wants to be told that the program is alive, at the least. Nothing if never.
std::optional<std::chrono::microseconds> watchdog_interval();

void tell_ready();
void tell_reloading();
void tell_stopping();
void tell_alive();

/// One line that describes the state, for people.
void tell_status(const std::string& status);

}  // namespace payhook::service_manager
