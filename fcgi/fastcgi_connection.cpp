#include "fcgi/fastcgi_connection.h"

#include <fcgiapp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/log.h"

namespace payhook {

namespace {

/// Receives into all of `buffer`: the number of bytes, 0 at the end, -1 when nothing is there yet.
ssize_t receive_bytes(int socket, std::string& buffer, int flags) {
  ssize_t count = 0;
  do {
    count = ::recv(socket, buffer.data(), buffer.size(), flags | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
    return 0;
  }
  return count;
}

// Room to see a request of the default maximum size at one glance.
constexpr std::size_t k_glance_bytes = std::size_t{128} << 10;

// What libfcgi and its allocations take for a parameter beside its bytes, rounded up.
constexpr std::size_t k_bytes_around_a_parameter = 48;

// What libfcgi sends with a single write: its buffer, less what the protocol has around it.
constexpr std::size_t k_bytes_of_a_write = 8000;

}  // namespace

ReceivingSpace::ReceivingSpace(std::size_t max, MemoryBudget& for_pieces)
    : max_body_bytes(max),
      budget(for_pieces),
      bytes(k_glance_bytes, '\0'),
      scanner(max, RequestScanner::Body::SKIP) {}

FastCgiConnection::Pieces::Pieces(ReceivingSpace& space)
    : scanner(space.max_body_bytes, RequestScanner::Body::KEEP), memory(space.budget) {}

void FastCgiConnection::initialize() {
  if (::FCGX_Init() != 0) {
    throw std::runtime_error("libfcgi cannot be initialised");
  }
}

void FastCgiConnection::FreeRequest::operator()(FCGX_Request* request) const noexcept {
  ::FCGX_Free(request, 0);  // without closing: the socket has its owner
  delete request;
}

FastCgiConnection::FastCgiConnection(UniqueFd socket, MemoryBudget& budget, Resume resume)
    : m_socket(std::move(socket)),
      m_budget(budget),
      m_resume(std::move(resume)),
      m_fcgi(new FCGX_Request) {
  ::FCGX_InitRequest(m_fcgi.get(), -1, 0);
  m_fcgi->keepConnection = 1;
}

FastCgiConnection::~FastCgiConnection() = default;

bool FastCgiConnection::has_input() const noexcept {
  char byte = 0;
  return ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
         (errno != EAGAIN && errno != EWOULDBLOCK);
}

FastCgiConnection::Input FastCgiConnection::receive(ReceivingSpace& space) {
  if (m_ended) {
    return discard(space);
  }
  return m_pieces ? receive_more(space) : receive_whole(space);
}

/// What comes after the last answer: the rest of a request that was too large must not pass for
/// another, nor be left unread, since a close would then take the answer from the peer.
FastCgiConnection::Input FastCgiConnection::discard(ReceivingSpace& space) {
  return receive_bytes(fd(), space.bytes, 0) == 0 ? Input::CLOSED : Input::INCOMPLETE;
}

/// The usual case: all of a request is there, and libfcgi reads it from the socket.
FastCgiConnection::Input FastCgiConnection::receive_whole(ReceivingSpace& space) {
  const ssize_t count = receive_bytes(fd(), space.bytes, MSG_PEEK);
  if (count <= 0) {
    return count == 0 ? Input::CLOSED : Input::INCOMPLETE;
  }
  space.scanner.reset(space.max_body_bytes);
  switch (space.scanner.scan({space.bytes.data(), static_cast<std::size_t>(count)})) {
    case RequestScanner::State::COMPLETE:
      return read_request_from(fd(), space.scanner.body_bytes());
    case RequestScanner::State::MALFORMED:
      return Input::CLOSED;
    default:
      // It has to be taken out of the socket, which could not hold all of it if it comes in small
      // pieces, and would be reported as readable again at once.
      m_pieces = std::make_unique<Pieces>(space);
      return receive_more(space);
  }
}

FastCgiConnection::Input FastCgiConnection::receive_more(ReceivingSpace& space) {
  const ssize_t count = receive_bytes(fd(), space.bytes, 0);
  if (count <= 0) {
    return count == 0 ? Input::CLOSED : Input::INCOMPLETE;
  }
  switch (m_pieces->scanner.scan({space.bytes.data(), static_cast<std::size_t>(count)})) {
    case RequestScanner::State::INCOMPLETE:
      return keep_pieces(space);
    case RequestScanner::State::COMPLETE:
      return read_pieces(space, Cut::NOTHING);
    case RequestScanner::State::PARAMETERS_TOO_LARGE:
      return read_pieces(space, Cut::PARAMETERS);
    case RequestScanner::State::BODY_TOO_LARGE:
      return read_pieces(space, Cut::BODY);
    case RequestScanner::State::MALFORMED:
      break;
  }
  return Input::CLOSED;
}

FastCgiConnection::Input FastCgiConnection::keep_pieces(ReceivingSpace& space) {
  const bool has_room = m_pieces->memory.resize(m_pieces->scanner.held_bytes());
  return has_room ? Input::INCOMPLETE : read_pieces(space, Cut::MEMORY);
}

/// libfcgi is given the parameters; the body is there already.
FastCgiConnection::Input FastCgiConnection::read_pieces(ReceivingSpace& space, Cut cut) {
  const std::unique_ptr<Pieces> pieces = std::move(m_pieces);
  const int file = space.file.hold(pieces->scanner.request_without_body());
  const Input input = read_request_from(file, 0);
  if (input == Input::CLOSED) {
    space.file.forget();  // libfcgi has closed it
    return input;
  }
  m_request.cut = cut;
  if (cut == Cut::NOTHING) {
    m_request.body = pieces->scanner.take_body();
  }
  return input;
}

/// Lets libfcgi read one request, which is there whole, from a file or socket.
FastCgiConnection::Input FastCgiConnection::read_request_from(int source, std::size_t body_bytes) {
  m_fcgi->ipcFd = source;
  // Otherwise closing waits for the peer, and sees to it that later requests do not come.
  ::FCGX_Detach(m_fcgi.get());
  if (::FCGX_Accept_r(m_fcgi.get()) != 0) {
    // libfcgi has closed the descriptor, and then has failed to accept another.
    if (source == fd()) {
      m_socket.release();
    }
    return Input::CLOSED;
  }
  read_parameters();
  give_id(m_request);
  read_body(body_bytes);
  m_fcgi->ipcFd = fd();
  return Input::REQUEST;
}

void FastCgiConnection::read_parameters() {
  m_request.variables = MetaVariables(m_fcgi->envp);
  for (char** parameter = m_fcgi->envp; *parameter != nullptr; ++parameter) {
    m_request.held_bytes += std::strlen(*parameter) + k_bytes_around_a_parameter;
  }
}

/// Reads to the end, the empty record included: libfcgi takes what is left for the next request.
void FastCgiConnection::read_body(std::size_t body_bytes) {
  m_request.body.reserve(body_bytes);
  std::array<char, 8192> chunk;
  int count = 0;
  do {
    count = ::FCGX_GetStr(chunk.data(), static_cast<int>(chunk.size()), m_fcgi->in);
    m_request.body.append(chunk.data(), static_cast<std::size_t>(count));
  } while (count > 0);
  if (::FCGX_GetError(m_fcgi->in) != 0) {
    throw std::runtime_error("libfcgi lost its place in a request");
  }
  ::FCGX_FreeStream(&m_fcgi->in);  // its buffer, while the request waits for its commit
}

void FastCgiConnection::answer(const HttpResponse& response) noexcept {
  const std::string text = to_cgi_text(response, m_request);
  const bool written = text.size() <= k_bytes_of_a_write ? write(text) : write_to_memory(text);
  m_ended = m_fcgi->keepConnection == 0 || m_request.cut != Cut::NOTHING;
  ::FCGX_Free(m_fcgi.get(), 0);
  m_fcgi->keepConnection = 1;
  m_request.clear();
  if (written) {
    send_rest();
  } else {
    drop();
  }
  if (m_rest != nullptr && !m_rest->memory.resize(m_rest->bytes.size())) {
    log::report(log::Event::CONNECTION_TROUBLE, "an answer was cut: too many are taken slowly");
    drop();
  }
  m_resume();
}

/// Lets libfcgi write a response to where its descriptor leads.
bool FastCgiConnection::write(const std::string& response) noexcept {
  ::FCGX_PutStr(response.data(), static_cast<int>(response.size()), m_fcgi->out);
  // The error stream first: then a single write sends all.
  return ::FCGX_FClose(m_fcgi->err) == 0 && ::FCGX_FClose(m_fcgi->out) == 0;
}

/// The same into memory. Without a descriptor for that, what the socket takes at once has to do.
bool FastCgiConnection::write_to_memory(const std::string& response) noexcept {
  std::optional<MemoryFile> file;
  try {
    m_fcgi->ipcFd = file.emplace().hold("");
  } catch (const std::system_error&) {
    return write(response);
  }
  const bool written = write(response);
  m_fcgi->ipcFd = fd();
  try {
    m_rest = std::make_unique<Rest>(m_budget);
    m_rest->bytes = file->bytes();
    return written;
  } catch (const std::exception& e) {
    log::report(log::Event::CONNECTION_TROUBLE, "an answer was dropped: {}", e.what());
    return false;
  }
}

void FastCgiConnection::send_rest() noexcept {
  while (m_rest != nullptr) {
    const std::string_view left = std::string_view(m_rest->bytes).substr(m_rest->sent);
    const ssize_t count = ::send(fd(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      m_rest->sent += static_cast<std::size_t>(count);
      if (m_rest->sent == m_rest->bytes.size()) {
        m_rest.reset();
      }
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      drop();
      return;
    }
  }
  if (m_ended) {
    ::shutdown(fd(), SHUT_WR);
  }
}

void FastCgiConnection::drop() noexcept {
  m_rest.reset();
  m_ended = true;
  ::shutdown(fd(), SHUT_RDWR);
}

}  // namespace payhook
