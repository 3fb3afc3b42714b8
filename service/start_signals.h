#pragma once

#include <csignal>

/// What SIGTERM, SIGINT and SIGHUP do to a program before a Supervisor takes them. For the main
/// thread, while it is the only one.
namespace payhook::start_signals {

/// The three.
sigset_t all() noexcept;

/// They wait, until one of the others is called or a Supervisor takes them.
void hold() noexcept;

/// Each ends the program in the ordinary way: it was started for one thing, which is not done.
void end_the_program() noexcept;

/// SIGTERM and SIGINT end the program at once, whatever it waits for, with status 0 and a line in
/// the log: a service that is told to stop before it is ready. SIGHUP waits for the Supervisor.
void end_the_start();

}  // namespace payhook::start_signals
