#include "fcgi/fastcgi_connection.h"

#include <fcgiapp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

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

/// A file in memory with these bytes, to be read from its beginning. Throws std::system_error.
UniqueFd memory_file(std::string_view bytes) {
  UniqueFd file(::memfd_create("request", MFD_CLOEXEC));
  if (!file ||
      ::pwrite(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "cannot assemble a request in memory");
  }
  return file;
}

}  // namespace

void FastCgiConnection::initialize() {
  if (::FCGX_Init() != 0) {
    throw std::runtime_error("libfcgi cannot be initialised");
  }
}

void FastCgiConnection::FreeRequest::operator()(FCGX_Request* request) const noexcept {
  ::FCGX_Free(request, 0);  // without closing: the socket has its owner
  delete request;
}

FastCgiConnection::FastCgiConnection(UniqueFd socket, std::size_t max_body_bytes, Resume resume)
    : m_socket(std::move(socket)),
      m_resume(std::move(resume)),
      m_fcgi(new FCGX_Request),
      m_scanner(max_body_bytes) {
  ::FCGX_InitRequest(m_fcgi.get(), -1, 0);
  m_fcgi->keepConnection = 1;
}

FastCgiConnection::~FastCgiConnection() = default;

FastCgiConnection::Input FastCgiConnection::receive(std::string& scratch) {
  if (m_ended) {
    return discard(scratch);
  }
  return m_assembled.empty() ? receive_whole(scratch) : receive_more(scratch);
}

/// What comes after the last answer: the rest of a body that was too large must not pass for a
/// request, nor be left unread, since a close would then take the answer from the peer.
FastCgiConnection::Input FastCgiConnection::discard(std::string& scratch) {
  return receive_bytes(fd(), scratch, 0) == 0 ? Input::CLOSED : Input::INCOMPLETE;
}

/// The usual case: all of a request is there, and libfcgi reads it from the socket.
FastCgiConnection::Input FastCgiConnection::receive_whole(std::string& scratch) {
  const ssize_t count = receive_bytes(fd(), scratch, MSG_PEEK);
  if (count <= 0) {
    return count == 0 ? Input::CLOSED : Input::INCOMPLETE;
  }
  const std::string_view arrived(scratch.data(), static_cast<std::size_t>(count));
  m_scanner.reset();
  switch (m_scanner.scan(arrived)) {
    case RequestScanner::State::COMPLETE:
      return read_request_from(fd(), false);
    case RequestScanner::State::MALFORMED:
      return Input::CLOSED;
    default:
      // It has to be taken out of the socket, which could not hold all of it if it comes in small
      // pieces, and would be reported as readable again at once.
      m_scanner.reset();
      return receive_more(scratch);
  }
}

FastCgiConnection::Input FastCgiConnection::receive_more(std::string& scratch) {
  const ssize_t count = receive_bytes(fd(), scratch, 0);
  if (count <= 0) {
    return count == 0 ? Input::CLOSED : Input::INCOMPLETE;
  }
  m_assembled.append(scratch, 0, static_cast<std::size_t>(count));
  switch (m_scanner.scan(m_assembled)) {
    case RequestScanner::State::INCOMPLETE:
      return Input::INCOMPLETE;
    case RequestScanner::State::COMPLETE:
      return read_assembled_request(false);
    case RequestScanner::State::BODY_TOO_LARGE:
      m_assembled.resize(m_scanner.body_begin());
      m_assembled += end_of_body_record(m_scanner.request_id());
      return read_assembled_request(true);
    case RequestScanner::State::MALFORMED:
      break;
  }
  return Input::CLOSED;
}

FastCgiConnection::Input FastCgiConnection::read_assembled_request(bool body_was_cut) {
  UniqueFd file = memory_file(m_assembled);
  m_assembled = {};
  const Input input = read_request_from(file.get(), body_was_cut);
  if (input == Input::CLOSED) {
    file.release();  // libfcgi has closed it
  }
  return input;
}

/// Lets libfcgi read one request, which is there whole, from a file or socket.
FastCgiConnection::Input FastCgiConnection::read_request_from(int source, bool body_was_cut) {
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
  m_request.clear();
  m_request.body_was_cut = body_was_cut;
  read_parameters();
  give_id_if_missing(m_request);
  read_body();
  m_fcgi->ipcFd = fd();
  return Input::REQUEST;
}

void FastCgiConnection::read_parameters() {
  for (char** parameter = m_fcgi->envp; *parameter != nullptr; ++parameter) {
    const std::string_view text(*parameter);
    const std::size_t equals = text.find('=');
    set_from_meta_variable(m_request, text.substr(0, equals), text.substr(equals + 1));
  }
}

/// Reads to the end, the empty record included: libfcgi takes what is left for the next request.
void FastCgiConnection::read_body() {
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
  ::FCGX_PutStr(text.data(), static_cast<int>(text.size()), m_fcgi->out);
  // The error stream first: then a single write sends all.
  const bool sent = ::FCGX_FClose(m_fcgi->err) == 0 && ::FCGX_FClose(m_fcgi->out) == 0;
  m_ended = !sent || m_fcgi->keepConnection == 0 || m_request.body_was_cut;
  ::FCGX_Free(m_fcgi.get(), 0);
  m_fcgi->keepConnection = 1;
  if (m_ended) {
    ::shutdown(fd(), sent ? SHUT_WR : SHUT_RDWR);
  }
  m_resume();
}

}  // namespace payhook
