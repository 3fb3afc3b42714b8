#include "api/api.h"

#include <chrono>
#include <utility>

#include "api/authorization.h"
#include "api/named_transaction.h"
#include "api/readiness.h"
#include "api/refusal.h"
#include "api/request_checks.h"
#include "api/responses.h"
#include "api/store_metrics.h"

namespace payhook {

Api::Api(const Config& config, const Clock& clock, const Services& services)
    : m_config(&config), m_clock(clock), m_services(services), m_router(routes()) {}

void Api::reconfigure(const Config& config) {
  m_config = &config;
  const auto before = std::exchange(m_sources, {});  // whose metrics the new ones take over
  m_router = Router(routes());
}

std::vector<Router::Route> Api::routes() {
  std::vector<Router::Route> routes;
  for (const auto& source : m_config->sources) {
    add_routes_of(source, routes);
  }
  routes.push_back({"GET", "/", [this](Exchange& exchange, auto) {
                      exchange.answer(health_response(m_clock.now()));
                    }});
  routes.push_back({"GET", "/metrics", [this](Exchange& exchange, auto) {
                      require_reader(exchange.request(), *m_config);
                      exchange.answer(metrics());
                    }});
  routes.push_back(
      {"GET", "/readyz", [this](Exchange& exchange, auto) { tell_readiness(exchange); }});
  routes.push_back(
      {"GET", "/v1/transactions/{transaction_id}", [this](Exchange& exchange, auto id) {
         require_reader(exchange.request(), *m_config);
         exchange.answer(status_of(id));
       }});
  add_routes_of_operators(routes);
  return routes;
}

void Api::add_routes_of(const std::shared_ptr<const Source>& source,
                        std::vector<Router::Route>& routes) {
  SourceEndpoint& endpoint = *m_sources.emplace_back(std::make_unique<SourceEndpoint>(
      source, *m_config, m_clock, m_services.committer, m_services.metrics));
  const std::string path = source->path();
  routes.push_back({"POST", path, [&](Exchange& exchange, auto) { endpoint.receive(exchange); }});
  if (!source->challenge.query.empty() || !source->challenge.header.empty()) {
    routes.push_back(
        {"GET", path, [&](Exchange& exchange, auto) { endpoint.meet_challenge(exchange); }});
  }
  if (source->challenge.cloudevents) {
    routes.push_back(
        {"OPTIONS", path, [&](Exchange& exchange, auto) { endpoint.permit(exchange); }});
  }
}

void Api::add_routes_of_operators(std::vector<Router::Route>& routes) {
  OperatorEndpoints& endpoints = m_operators.emplace(*m_config, m_clock, m_services.desk);
  routes.push_back(
      {"GET", "/v1/transactions", [&](Exchange& exchange, auto) { endpoints.list(exchange); }});
  routes.push_back({"GET", "/v1/transactions/{transaction_id}/attempts",
                    [&](Exchange& exchange, auto id) { endpoints.attempts(exchange, id); }});
  routes.push_back(
      {"GET", "/v1/stats", [&](Exchange& exchange, auto) { endpoints.stats(exchange); }});
  ActEndpoints& acts = m_acts.emplace(*m_config, m_clock, m_services.desk);
  if (m_config->operating.tokens.empty()) {
    return;
  }
  routes.push_back({"POST", "/v1/transactions/{transaction_id}/requeue",
                    [&](Exchange& exchange, auto id) { acts.requeue(exchange, id); }});
  routes.push_back({"POST", "/v1/transactions/{transaction_id}/cancel",
                    [&](Exchange& exchange, auto id) { acts.cancel(exchange, id); }});
}

void Api::handle(Exchange& exchange) noexcept {
  exchange.request().arrived_at = std::chrono::steady_clock::now();
  HttpResponse response;
  try {
    check_arrival(exchange.request());
    m_router.serve(exchange);
    return;
  } catch (const std::exception& e) {
    response = refusal(exchange.request(), e);
    if (exchange.request().cut == Cut::MEMORY) {
      m_services.metrics.unavailable.Increment();  // a webhook, as a rule
    }
  }
  exchange.answer(response);
}

HttpResponse Api::metrics() {
  Scrape scrape;
  scrape.gauge("payhook_build_info", "Which payhook it is.").add({{"version", PAYHOOK_VERSION}}, 1);
  Scrape::Family& deadlines = scrape.gauge("payhook_source_deadline_seconds",
                                           "Within which the sender of a source wants its answer.");
  for (const auto& source : m_config->sources) {
    deadlines.add({{"source", source->name}}, in_seconds(source->answer_within));
  }
  m_services.metrics.add_to(scrape, m_services.committer.waiting());
  add_store_metrics(scrape, m_services.statistics, *m_config, m_clock.now());
  return {.status = 200, .body = scrape.text(), .content_type = Scrape::k_content_type};
}

/// Whether storing works the committer knows, or tries.
void Api::tell_readiness(Exchange& exchange) {
  auto reasons = hindrances(m_services.statistics);
  exchange.request().body = {};  // not to be kept while it waits
  m_services.committer.ask_whether_it_stores(
      [&exchange, reasons = std::move(reasons)](bool stores) mutable {
        if (!stores) {
          reasons.insert(reasons.begin(), "webhooks cannot be stored");
        }
        exchange.answer(readiness_response(reasons));
      });
}

HttpResponse Api::status_of(std::string_view encoded_transaction_id) {
  const NamedTransaction transaction(encoded_transaction_id, std::nullopt, *m_config);
  if (const auto stored = transaction.find_in(m_services.status)) {
    return transaction_response(*stored, attempts_by(*m_config));
  }
  // Not thrown: it is an answer, for which nobody is to blame.
  return message_response(404, "Transaction not found");
}

}  // namespace payhook
