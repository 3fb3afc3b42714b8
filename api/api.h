#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/act_endpoints.h"
#include "api/committer.h"
#include "api/exchange.h"
#include "api/operator_desk.h"
#include "api/operator_endpoints.h"
#include "api/responder_metrics.h"
#include "api/router.h"
#include "api/source_endpoint.h"
#include "core/clock.h"
#include "service/config/config.h"
#include "store/transaction_store.h"

namespace payhook {

/// The HTTP API: what each path and method does. One thread at a time uses an Api; several of them
/// may share a committer and a desk.
class Api {
 public:
  /// What it works with.
  struct Services {
    StatusReader& status;
    Statistics& statistics;
    Committer& committer;
    OperatorDesk& desk;
    ResponderMetrics& metrics;
  };

  /// All references must outlive the Api.
  Api(const Config& config, const Clock& clock, const Services& services);

  /// Answers the request, or hands it to the committer or the desk, which will. It never throws:
  /// whatever goes wrong becomes the answer.
  void handle(Exchange& exchange) noexcept;

  /// Goes on with another configuration, which must outlive the Api too.
  void reconfigure(const Config& config);

  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

 private:
  std::vector<Router::Route> routes();
  void add_routes_of(const std::shared_ptr<const Source>& source,
                     std::vector<Router::Route>& routes);
  HttpResponse metrics();
  void tell_readiness(Exchange& exchange);
  void add_routes_of_operators(std::vector<Router::Route>& routes);
  HttpResponse status_of(std::string_view encoded_transaction_id);

  const Config* m_config;
  const Clock& m_clock;
  const Services m_services;
  std::vector<std::unique_ptr<SourceEndpoint>> m_sources;
  std::optional<OperatorEndpoints> m_operators;
  std::optional<ActEndpoints> m_acts;
  Router m_router;
};

}  // namespace payhook
