#pragma once

namespace payhook {

class SqliteConnection;

/// SQL's transaction: rolled back unless committed. Take the turn before.
class ScopedTransaction {
 public:
  explicit ScopedTransaction(SqliteConnection& connection);
  ~ScopedTransaction();
  ScopedTransaction(const ScopedTransaction&) = delete;
  ScopedTransaction& operator=(const ScopedTransaction&) = delete;

  /// Returns once the transaction is synced to disk.
  void commit();

 private:
  SqliteConnection* m_connection;
};

}  // namespace payhook
