#pragma once

#include <atomic>
#include <cstddef>

namespace payhook {

/// How much memory may be held for one purpose by all connections together. Any thread may use it.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) noexcept : m_bytes(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  std::size_t bytes() const noexcept { return m_bytes; }

  /// What all shares hold at the moment.
  std::size_t held() const noexcept { return m_held; }

  /// What one connection holds of it. It belongs to one thread at a time; the budget outlives it.
  class Share {
   public:
    explicit Share(MemoryBudget& budget) noexcept : m_budget(budget) {}
    ~Share() { m_budget.m_held -= m_bytes; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Holds so many bytes from now on. Returns false, and holds what it did, when the budget has
    /// not as many.
    [[nodiscard]] bool resize(std::size_t bytes) noexcept {
      if (bytes <= m_bytes) {
        m_budget.m_held -= m_bytes - bytes;
      } else if (const std::size_t more = bytes - m_bytes;
                 m_budget.m_held.fetch_add(more) + more > m_budget.m_bytes) {
        m_budget.m_held -= more;
        return false;
      }
      m_bytes = bytes;
      return true;
    }

   private:
    MemoryBudget& m_budget;
    std::size_t m_bytes = 0;
  };

 private:
  const std::size_t m_bytes;
  std::atomic<std::size_t> m_held = 0;
};

}  // namespace payhook
