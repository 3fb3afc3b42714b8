#include "service/config/handler_config.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "service/secret_file.h"

namespace payhook {

namespace {

constexpr std::int64_t k_day_in_seconds = 86400;
constexpr std::int64_t k_most_at_once = 256;
constexpr std::int64_t k_most_attempts = 1000;

enum class Type { NONE, EXEC, HTTP };

void read_seconds(ConfigSection& section, std::string_view key, std::chrono::seconds& value) {
  value =
      std::chrono::seconds(section.read_integer(key, 1, k_day_in_seconds).value_or(value.count()));
}

ExecHandler read_exec(ConfigSection& section) {
  ExecHandler exec;
  section.read_texts("command", exec.command);
  return exec;
}

/// What libcurl is given, so that nothing but a server is asked.
void require_http(const std::string& url) {
  const std::size_t scheme = url.starts_with("https://")  ? 8
                             : url.starts_with("http://") ? 7
                                                          : url.npos;
  if (scheme == url.npos || url.size() == scheme || url[scheme] == '/' ||
      std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    throw std::invalid_argument("it must be a URL that begins with https:// or http://");
  }
  if (url.find('@') < url.find('/', scheme)) {
    throw std::invalid_argument("a password does not belong into a URL");
  }
}

HttpHandler read_http(ConfigSection& section) {
  HttpHandler http;
  section.read_text("url", [&](const std::string& url) {
    require_http(url);
    http.url = url;
  });
  section.read_every_secret("secrets", [&](const ConfigSection::SecretFile& secret) {
    if (secret.not_before || secret.not_after) {
      throw std::invalid_argument("all are signed with, and have no times");
    }
    http.signer.add_secret(read_secret_file(secret.path));
  });
  section.read_choice<bool>("send", http.sends_webhook,
                            {{"transaction", false}, {"webhook", true}});
  read_seconds(section, "connect_timeout_seconds", http.connect_timeout);
  section.read_text("proxy", [&](const std::string& proxy) {
    require_http(proxy);
    http.proxy = proxy;
  });
  return http;
}

void read_retries(ConfigSection& section, RetryConfig& retry) {
  retry.max_attempts =
      section.read_integer("max_attempts", 1, k_most_attempts).value_or(retry.max_attempts);
  read_seconds(section, "first_retry_seconds", retry.first);
  read_seconds(section, "longest_retry_seconds", retry.longest);
}

/// Refuses one that lacks something.
void check_whole(const ConfigSection& section, const HandlerConfig& handler) {
  const auto* const exec = std::get_if<ExecHandler>(&handler.what);
  if (exec != nullptr && (exec->command.empty() || !exec->command.front().starts_with('/'))) {
    section.refuse(
        R"(an exec handler needs command = ["/absolute/path", "argument", …], which no shell reads)");
  }
  const auto* const http = std::get_if<HttpHandler>(&handler.what);
  if (http != nullptr && http->url.empty()) {
    section.refuse(R"(an http handler needs url = "https://…")");
  }
  if (http != nullptr && !http->signer.has_secrets()) {
    section.refuse(
        R"(an http handler needs secrets = ["/etc/payhook/secrets/…"], with which it signs: 24 to 64 bytes in base64 each)");
  }
  if (handler.retry.longest < handler.retry.first) {
    section.refuse("longest_retry_seconds is less than first_retry_seconds");
  }
}

}  // namespace

std::string HandlerConfig::name() const {
  if (const auto* const exec = std::get_if<ExecHandler>(&what)) {
    return exec->command.front();
  }
  const auto* const http = std::get_if<HttpHandler>(&what);
  return http != nullptr ? http->url : "none";
}

std::optional<std::string> HandlerConfig::hindrance() const {
  if (!std::holds_alternative<ExecHandler>(what)) {
    return std::nullopt;
  }
  struct stat status {};
  if (::stat(name().c_str(), &status) != 0) {
    return std::generic_category().message(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return "it is no file";
  }
  const bool is_executable = (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  return is_executable ? std::nullopt : std::optional<std::string>("it is not executable");
}

std::shared_ptr<const HandlerConfig> read_handler(ConfigSection& section) {
  const auto handler = std::make_shared<HandlerConfig>();
  std::optional<Type> type;
  section.read_choice<std::optional<Type>>(
      "type", type, {{"none", Type::NONE}, {"exec", Type::EXEC}, {"http", Type::HTTP}});
  if (type == Type::EXEC) {
    handler->what = read_exec(section);
  } else if (type == Type::HTTP) {
    handler->what = read_http(section);
  }
  if (type == Type::EXEC || type == Type::HTTP) {
    read_seconds(section, "timeout_seconds", handler->timeout);
    if (const auto most = section.read_integer("at_once", 1, k_most_at_once)) {
      handler->at_once = static_cast<std::size_t>(*most);
    }
    section.read_choice<bool>("order", handler->in_order, {{"due", false}, {"account", true}});
    read_retries(section, handler->retry);
  }
  if (!type) {
    section.refuse(R"(a handler needs type = "exec", "http" or "none")");
  }
  section.refuse_unknown_keys();
  check_whole(section, *handler);
  return handler;
}

void HandlerPlan::set_default(std::shared_ptr<const HandlerConfig> handler) {
  m_default = std::move(handler);
}

void HandlerPlan::set(const std::string& source, std::shared_ptr<const HandlerConfig> handler) {
  m_own.insert_or_assign(source, std::move(handler));
}

const std::shared_ptr<const HandlerConfig>& HandlerPlan::of(const std::string& source) const {
  const auto own = m_own.find(source);
  return own == m_own.end() ? m_default : own->second;
}

bool HandlerPlan::has_any() const noexcept {
  return !m_default->is_none() || std::any_of(m_own.begin(), m_own.end(), [](const auto& own) {
    return !own.second->is_none();
  });
}

}  // namespace payhook
