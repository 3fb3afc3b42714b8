#pragma once

#include <filesystem>
#include <memory>

#include "core/unique_fd.h"

namespace payhook {

/// A listening socket for web servers, non-blocking.
class ListeningSocket {
 public:
  /// The socket that whoever started this program hands over, if any: systemd's (LISTEN_FDS), or
  /// one on descriptor 0. Throws ProgramError when it is not a single listening stream socket.
  static std::unique_ptr<ListeningSocket> inherited();

  /// Binds a unix socket, mode 0660, in place of one that nobody listens on any more. Throws
  /// ProgramError when another payhook-fcgi listens there, or when it cannot be bound. It is
  /// removed again in the end.
  static std::unique_ptr<ListeningSocket> bind(const std::filesystem::path& path);

  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int fd() const noexcept { return m_socket.get(); }

 private:
  ListeningSocket(UniqueFd socket, UniqueFd lock, std::filesystem::path path);

  UniqueFd m_socket;
  UniqueFd m_lock;               // held while a socket that we bound is ours
  std::filesystem::path m_path;  // of that socket
};

}  // namespace payhook
