#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/log.h"

namespace payhook {

/// Since when a program cannot do its work, and why: for its status line, and for people once it
/// lasts. Then, and when it is over, a line in the log says so, and the file `alert` in the
/// program's runtime directory, which has systemd start payhook-alert@.service. What is under way
/// is kept there too, in the file `outage`, so that it goes on when the program is started again.
///
/// Any thread may call the member functions. A file that cannot be written is a line in the log.
class Outage {
 public:
  /// How long it lasts until people are told.
  static constexpr std::chrono::seconds k_lasting{60};

  /// `work` is what cannot be done then: "store webhooks". Goes on with an outage of which the
  /// `runtime_directory` tells; where that is empty, nothing is kept and nobody is alerted. `clock`
  /// must outlive it.
  Outage(const Clock& clock, std::string work, std::filesystem::path runtime_directory);

  /// The work could not be done just now. Tells people if that lasts.
  void failed(std::string_view why);

  /// It could. Quick where it could the last time too.
  void worked() {
    if (m_under_way) {
      end();
    }
  }

  /// The program's status line: the `usual` one, after "Cannot store webhooks since
  /// 2025-11-08T14:31:00Z: the disk is full. " where that is so. Tells people if it lasts.
  std::string status(const std::string& usual);

 private:
  struct State {
    Timestamp since;
    std::string why;
    bool told = false;
  };

  void read();
  void end();
  void tell_if_it_lasts();
  void tell(log::Event event, const std::string& text) const;
  std::string description() const;
  void keep() const;
  void write_file(const char* name, const std::string& line) const;

  const Clock& m_clock;
  const std::string m_work;
  const std::filesystem::path m_directory;
  std::mutex m_mutex;
  State m_state;  // while one is under way
  std::atomic<bool> m_under_way = false;
};

}  // namespace payhook
