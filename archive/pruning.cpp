#include "archive/pruning.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <utility>

#include "archive/archived_line.h"
#include "core/fault_point.h"

namespace payhook {

namespace {

constexpr std::size_t k_bytes_of_a_day = 10;  // "2026-11-27"

}  // namespace

Pruning::Pruning(Retention& retention, PrunePlan plan)
    : m_retention(retention), m_plan(std::move(plan)) {}

bool Pruning::step(Deadline deadline) {
  switch (m_phase) {
    case Phase::ARCHIVING:
      archive_some();
      break;
    case Phase::PRUNING:
      prune_some(deadline);
      break;
    case Phase::DONE:
      break;
  }
  return m_phase != Phase::DONE;
}

void Pruning::archive_some() {
  const FinishedPage page = m_retention.finished(m_plan.which, m_next);
  for (const FinishedTransaction& transaction : page.transactions) {
    add(transaction);
  }
  m_next = page.next;
  m_is_last = !page.next;
  if (!m_is_last && m_run.size() < k_most_in_a_file && m_bytes < k_most_bytes_in_a_file) {
    return;
  }
  if (m_run.empty()) {
    m_phase = Phase::DONE;
  } else {
    finish_file();
  }
}

void Pruning::add(const FinishedTransaction& transaction) {
  const BrowsedTransaction& row = transaction.row;
  if (m_file == nullptr) {
    if (!m_directory) {
      m_directory.emplace(m_plan.archive);
    }
    m_file = std::make_unique<ArchiveFile>(*m_directory);
    m_first_day = format_seconds(row.stored.created_at).substr(0, k_bytes_of_a_day);
  }
  const std::string line = archived_line(transaction);
  m_file->add(line);
  m_bytes += line.size();
  m_run.push_back({row.number, row.stored.status, row.stored.processed_at.value_or(Timestamp())});
}

void Pruning::finish_file() {
  const std::filesystem::path file = m_file->finish(
      fmt::format("{}_{:012}-{:012}", m_first_day, m_run.front().number, m_run.back().number));
  fault_point("archived");
  m_file.reset();
  m_bytes = 0;
  m_archived += m_run.size();
  m_act = m_plan.act;
  m_act->why +=
      fmt::format(" ({} {}, archived in {})", m_run.size(), m_plan.which.status, file.string());
  m_phase = Phase::PRUNING;
}

void Pruning::prune_some(Deadline deadline) {
  const PruneResult result =
      m_retention.prune(std::span(m_run).subspan(m_seen_to), m_act ? &*m_act : nullptr, deadline);
  m_seen_to += result.seen_to;
  m_pruned += result.pruned;
  if (result.pruned > 0) {
    m_act.reset();
    fault_point("pruned some");
  }
  if (m_seen_to == m_run.size()) {
    m_run.clear();
    m_seen_to = 0;
    m_phase = m_is_last ? Phase::DONE : Phase::ARCHIVING;
  }
}

}  // namespace payhook
