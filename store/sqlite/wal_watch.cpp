#include "store/sqlite/wal_watch.h"

#include "core/log.h"

namespace payhook {

void WalWatch::look(int pages) {
  if (pages >= m_next) {
    m_next = pages + k_more_pages;
    log::report(
        log::Event::STORE_TROUBLE,
        "the WAL has grown to {} MiB and cannot begin anew: unless checkpoints fail, of which "
        "there are errors, somebody goes on reading an old state of the database: look for "
        "a SQL shell, a backup or a stopped payhook program (fuser -v on the database)",
        pages / 256);
  } else if (pages < k_pages && m_next > k_pages) {
    m_next = k_pages;
    log::report(log::Event::STORE_TROUBLE, "the WAL has begun anew: nobody holds it any more");
  }
}

}  // namespace payhook
