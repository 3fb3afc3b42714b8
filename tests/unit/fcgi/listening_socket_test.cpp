#include "fcgi/listening_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "core/program_error.h"
#include "tests/support/child_process.h"
#include "tests/support/fastcgi_peer.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

/// A directory with a place for a socket.
struct Place {
  TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "fcgi.sock";
};

/// The exit status of the ProgramError that `act` throws, and 0 when it throws none.
int refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const ProgramError& e) {
    return e.exit_status();
  }
  return 0;
}

int refusal_to_bind(const std::filesystem::path& path) {
  return refusal([&path] { ListeningSocket::bind(path); });
}

/// Says, as systemd does, that `count` sockets from descriptor 3 on are handed over.
void hand_over(int count) {
  ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
}

/// Whether a client that connects to `path` is accepted by `socket`.
bool accepts(const ListeningSocket& socket, const std::filesystem::path& path) {
  const FastCgiPeer peer(path);
  return UniqueFd(::accept(socket.fd(), nullptr, nullptr)).get() >= 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listening_socket)

BOOST_AUTO_TEST_CASE(a_bound_socket_is_for_its_owner_and_group_whatever_the_umask) {
  for (const mode_t mask : {mode_t{0}, mode_t{077}, mode_t{0177}}) {
    const Place place;
    const mode_t old = ::umask(mask);
    const auto socket = ListeningSocket::bind(place.path);
    ::umask(old);
    struct stat status {};
    BOOST_TEST(::stat(place.path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0660u);
    BOOST_TEST(S_ISSOCK(status.st_mode));
    BOOST_TEST(accepts(*socket, place.path));
  }
}

BOOST_AUTO_TEST_CASE(a_bound_socket_does_not_block_and_is_not_inherited) {
  const Place place;
  const auto socket = ListeningSocket::bind(place.path);
  BOOST_TEST((::fcntl(socket->fd(), F_GETFL) & O_NONBLOCK) != 0);
  BOOST_TEST((::fcntl(socket->fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(a_bound_socket_is_removed_in_the_end) {
  const Place place;
  ListeningSocket::bind(place.path).reset();
  BOOST_TEST(!std::filesystem::exists(place.path));
}

BOOST_AUTO_TEST_CASE(what_a_program_that_was_killed_left_behind_is_replaced) {
  const Place place;
  BOOST_TEST(exit_status_of_child([&place] {
               ListeningSocket::bind(place.path).release();
               return 0;
             }) == 0);
  BOOST_TEST(std::filesystem::is_socket(place.path));
  const auto socket = ListeningSocket::bind(place.path);
  BOOST_TEST(accepts(*socket, place.path));
}

BOOST_AUTO_TEST_CASE(a_second_program_is_refused_and_the_first_goes_on) {
  const Place place;
  const auto socket = ListeningSocket::bind(place.path);
  BOOST_TEST(refusal_to_bind(place.path) == EX_UNAVAILABLE);
  BOOST_TEST(exit_status_of_child([&place] { return refusal_to_bind(place.path); }) ==
             EX_UNAVAILABLE);
  BOOST_TEST(accepts(*socket, place.path));
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_is_left_alone) {
  const Place place;
  std::ofstream(place.path) << "precious";
  BOOST_TEST(refusal_to_bind(place.path) == EX_CANTCREAT);
  std::string text;
  std::ifstream(place.path) >> text;
  BOOST_TEST(text == "precious");

  std::filesystem::remove(place.path);
  std::filesystem::create_directory(place.path);
  BOOST_TEST(refusal_to_bind(place.path) == EX_CANTCREAT);
  std::filesystem::remove(place.path);
  std::filesystem::create_symlink("elsewhere", place.path);
  BOOST_TEST(refusal_to_bind(place.path) == EX_CANTCREAT);
  BOOST_TEST(std::filesystem::is_symlink(place.path));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_is_told) {
  const Place place;
  BOOST_TEST(refusal_to_bind(place.path / "fcgi.sock") == EX_CANTCREAT);
  BOOST_TEST(refusal_to_bind(place.directory.path() / "none" / "fcgi.sock") == EX_CANTCREAT);
}

BOOST_AUTO_TEST_CASE(the_longest_path_is_bound_and_one_byte_more_is_refused) {
  const Place place;
  const std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  const std::string name(longest - place.directory.path().string().size() - 1, 'x');
  const auto socket = ListeningSocket::bind(place.directory.path() / name);
  BOOST_TEST(std::filesystem::is_socket(place.directory.path() / name));
  BOOST_TEST(refusal_to_bind(place.directory.path() / (name + 'x')) == EX_CONFIG);
}

BOOST_AUTO_TEST_CASE(nothing_is_inherited_where_nothing_was_handed_over) {
  BOOST_TEST(exit_status_of_child([] {
               ::unsetenv("LISTEN_FDS");
               ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
               return ListeningSocket::inherited() == nullptr ? 0 : 1;
             }) == 0);
  BOOST_TEST(exit_status_of_child([] {
               ::close(STDIN_FILENO);
               return ListeningSocket::inherited() == nullptr ? 0 : 1;
             }) == 0);
}

BOOST_AUTO_TEST_CASE(systemds_socket_is_inherited) {
  const Place place;
  const auto socket = ListeningSocket::bind(place.path);
  BOOST_TEST(exit_status_of_child([&] {
               ::dup2(socket->fd(), 3);
               ::fcntl(3, F_SETFL, 0);
               hand_over(1);
               const auto inherited = ListeningSocket::inherited();
               return inherited != nullptr && inherited->fd() == 3 &&
                              (::fcntl(3, F_GETFL) & O_NONBLOCK) != 0 &&
                              (::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0 &&
                              std::getenv("LISTEN_FDS") == nullptr &&
                              accepts(*inherited, place.path)
                          ? 0
                          : 1;
             }) == 0);
  BOOST_TEST(std::filesystem::is_socket(place.path), "an inherited socket is not removed");
}

BOOST_AUTO_TEST_CASE(what_was_handed_over_to_another_process_is_not_ours) {
  const Place place;
  const auto socket = ListeningSocket::bind(place.path);
  BOOST_TEST(exit_status_of_child([&] {
               ::dup2(socket->fd(), 3);
               ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
               hand_over(1);
               ::setenv("LISTEN_PID", "1", 1);
               return ListeningSocket::inherited() == nullptr ? 0 : 1;
             }) == 0);
}

BOOST_AUTO_TEST_CASE(several_sockets_or_what_does_not_listen_are_refused) {
  const Place place;
  const auto socket = ListeningSocket::bind(place.path);
  BOOST_TEST(exit_status_of_child([&] {
               ::dup2(socket->fd(), 3);
               ::dup2(socket->fd(), 4);
               hand_over(2);
               return refusal([] { ListeningSocket::inherited(); });
             }) == EX_CONFIG);
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    BOOST_TEST(exit_status_of_child([type] {
                 ::dup2(::socket(AF_UNIX, type, 0), 3);
                 hand_over(1);
                 return refusal([] { ListeningSocket::inherited(); });
               }) == EX_CONFIG);
  }
  BOOST_TEST(exit_status_of_child([] {
               ::dup2(::open("/dev/null", O_RDONLY), 3);
               hand_over(1);
               return refusal([] { ListeningSocket::inherited(); });
             }) == EX_CONFIG);
}

BOOST_AUTO_TEST_CASE(a_listening_socket_on_descriptor_0_is_inherited) {
  const Place place;
  const auto socket = ListeningSocket::bind(place.path);
  BOOST_TEST(exit_status_of_child([&] {
               ::unsetenv("LISTEN_FDS");
               ::dup2(socket->fd(), STDIN_FILENO);
               ::fcntl(STDIN_FILENO, F_SETFL, 0);
               const auto inherited = ListeningSocket::inherited();
               return inherited != nullptr && inherited->fd() == STDIN_FILENO &&
                              (::fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK) != 0 &&
                              accepts(*inherited, place.path)
                          ? 0
                          : 1;
             }) == 0);
  BOOST_TEST(exit_status_of_child([] {
               // A connected socket, as inetd and plain CGI may give, does not listen.
               ::unsetenv("LISTEN_FDS");
               const auto sockets = socket_pair();
               ::dup2(sockets.first.get(), STDIN_FILENO);
               return ListeningSocket::inherited() == nullptr ? 0 : 1;
             }) == 0);
}

BOOST_AUTO_TEST_CASE(systemds_socket_comes_before_descriptor_0) {
  const Place place;
  const Place other;
  const auto socket = ListeningSocket::bind(place.path);
  const auto decoy = ListeningSocket::bind(other.path);
  BOOST_TEST(exit_status_of_child([&] {
               ::dup2(decoy->fd(), STDIN_FILENO);
               ::dup2(socket->fd(), 3);
               hand_over(1);
               const auto inherited = ListeningSocket::inherited();
               return inherited->fd() == 3 ? 0 : 1;
             }) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
