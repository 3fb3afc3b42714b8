#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "service/config/section.h"
#include "webhook/webhook_signer.h"

namespace payhook {

/// type = "exec": a program that is started for each attempt.
struct ExecHandler {
  std::vector<std::string> command;  ///< its absolute path, and its arguments as they are
};

/// type = "http": a URL that each attempt is posted to.
struct HttpHandler {
  std::string url;
  WebhookSigner signer;
  bool sends_webhook = false;  ///< the body as the sender sent it, rather than our JSON
  std::chrono::seconds connect_timeout{5};
  std::string proxy = {};  ///< its URL; none is used otherwise, whatever the environment says
};

/// When a handler that did not succeed is tried again.
struct RetryConfig {
  std::int64_t max_attempts = 12;  ///< after that many the transaction has FAILED
  std::chrono::seconds first{10};  ///< after the first attempt; four times as long after each
  std::chrono::seconds longest = std::chrono::hours{6};
};

/// [handler], or a source's own: what is done with a transaction once it is due.
struct HandlerConfig {
  /// Nothing at all: it is marked as PROCESSED.
  using None = std::monostate;
  std::variant<None, ExecHandler, HttpHandler> what;
  std::chrono::seconds timeout{30};  ///< of an attempt
  std::size_t at_once = 4;           ///< attempts of one source
  bool in_order = false;             ///< each after the end of the one before it of its account
  RetryConfig retry = {};

  bool is_none() const noexcept { return std::holds_alternative<None>(what); }

  /// Its program or its URL; "none" where nothing is handed to anybody.
  std::string name() const;

  /// Why its program cannot be started as things are now, by anybody; nothing where it can.
  std::optional<std::string> hindrance() const;
};

/// Throws ProgramError as ConfigSection does.
std::shared_ptr<const HandlerConfig> read_handler(ConfigSection& section);

/// Which handler each source has.
class HandlerPlan {
 public:
  /// [handler], for all sources that have none of their own.
  void set_default(std::shared_ptr<const HandlerConfig> handler);
  void set(const std::string& source, std::shared_ptr<const HandlerConfig> handler);

  /// The source's, whether it is configured or has been once.
  const std::shared_ptr<const HandlerConfig>& of(const std::string& source) const;

  /// Whether any transaction is handed to somebody.
  bool has_any() const noexcept;

 private:
  std::shared_ptr<const HandlerConfig> m_default = std::make_shared<const HandlerConfig>();
  std::map<std::string, std::shared_ptr<const HandlerConfig>> m_own;
};

}  // namespace payhook
