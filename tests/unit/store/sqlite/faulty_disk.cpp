#include "tests/unit/store/sqlite/faulty_disk.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

namespace payhook::test {

namespace {

enum class Kind { NONE, WRITES, SYNCS, READS };

struct Faults {
  Kind kind = Kind::NONE;
  std::string name_end = {};  // of the files that have them
  int left = 0;               // that go well before the first one
  bool met = false;
};

/// Under the lock: a test's threads read and write at once.
std::mutex faults_lock;
Faults faults;

void set(Faults to) {
  const std::lock_guard hold(faults_lock);
  faults = std::move(to);
}

bool fails(Kind kind, const std::string& name) {
  const std::lock_guard hold(faults_lock);
  if (faults.kind != kind || !name.ends_with(faults.name_end)) {
    return false;
  }
  if (faults.left > 0) {
    --faults.left;
    return false;
  }
  faults.met = true;
  return true;
}

sqlite3_vfs* real_vfs = nullptr;

/// SQLite allocates it with the real file behind it, in one block.
struct File {
  sqlite3_file base;
  std::string name;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& self(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return self(file).real(); }

int close_file(sqlite3_file* file) {
  const int code = real(file)->pMethods->xClose(real(file));
  self(file).name.~basic_string();
  return code;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  if (fails(Kind::WRITES, self(file).name)) {
    return SQLITE_FULL;
  }
  return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
}

/// While it is true, this thread's reads fail in place of the kernel's.
thread_local bool reading_fails = false;

ssize_t read_or_fail(int fd, void* bytes, std::size_t size) {
  if (reading_fails) {
    errno = EIO;
    return -1;
  }
  return ::read(fd, bytes, size);
}

ssize_t pread_or_fail(int fd, void* bytes, std::size_t size, off_t offset) {
  if (reading_fails) {
    errno = EIO;
    return -1;
  }
  return ::pread(fd, bytes, size, offset);
}

/// SQLite uses one of them, as it was built.
void stand_in_for_reads(sqlite3_vfs* vfs) {
  vfs->xSetSystemCall(vfs, "read", reinterpret_cast<sqlite3_syscall_ptr>(read_or_fail));
  for (const char* const name : {"pread", "pread64"}) {
    vfs->xSetSystemCall(vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(pread_or_fail));
  }
}

void stop_standing_in(sqlite3_vfs* vfs) {
  for (const char* const name : {"read", "pread", "pread64"}) {
    vfs->xSetSystemCall(vfs, name, nullptr);
  }
}

int read_file(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  reading_fails = fails(Kind::READS, self(file).name);
  const int code = real(file)->pMethods->xRead(real(file), bytes, size, offset);
  reading_fails = false;
  return code;
}

int sync_file(sqlite3_file* file, int flags) {
  if (fails(Kind::SYNCS, self(file).name)) {
    return SQLITE_IOERR_FSYNC;
  }
  return real(file)->pMethods->xSync(real(file), flags);
}

const sqlite3_io_methods k_methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = [](sqlite3_file* f,
                    sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); },
    .xSync = sync_file,
    .xFileSize = [](sqlite3_file* f,
                    sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); },
    .xLock = [](sqlite3_file* f, int lock) { return real(f)->pMethods->xLock(real(f), lock); },
    .xUnlock = [](sqlite3_file* f, int lock) { return real(f)->pMethods->xUnlock(real(f), lock); },
    .xCheckReservedLock =
        [](sqlite3_file* f, int* out) {
          return real(f)->pMethods->xCheckReservedLock(real(f), out);
        },
    .xFileControl =
        [](sqlite3_file* f, int operation, void* argument) {
          return real(f)->pMethods->xFileControl(real(f), operation, argument);
        },
    .xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    .xShmMap =
        [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
          return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
        },
    .xShmLock =
        [](sqlite3_file* f, int offset, int count, int flags) {
          return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
        },
    .xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    .xShmUnmap = [](sqlite3_file* f,
                    int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags,
              int* out_flags) {
  auto* const opened = new (file) File{};
  opened->name = name == nullptr ? "" : name;
  const int code = real_vfs->xOpen(real_vfs, name, opened->real(), flags, out_flags);
  // SQLite closes a file that has methods, even when opening failed.
  if (opened->real()->pMethods != nullptr) {
    opened->base.pMethods = &k_methods;
  } else {
    opened->name.~basic_string();
    opened->base.pMethods = nullptr;
  }
  return code;
}

sqlite3_vfs* faulty_vfs() {
  static sqlite3_vfs vfs;
  vfs = *real_vfs;
  vfs.zName = "payhook-faulty-disk";
  vfs.szOsFile += static_cast<int>(sizeof(File));
  vfs.pNext = nullptr;
  vfs.xOpen = open_file;
  return &vfs;
}

sqlite3_vfs* registered = nullptr;

}  // namespace

FaultyDisk::FaultyDisk() {
  if (registered != nullptr) {
    throw std::logic_error("one faulty disk at a time");
  }
  set({});
  real_vfs = sqlite3_vfs_find(nullptr);
  registered = faulty_vfs();
  stand_in_for_reads(real_vfs);
  sqlite3_vfs_register(registered, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(registered);
  sqlite3_vfs_register(real_vfs, 1);
  stop_standing_in(real_vfs);
  registered = nullptr;
}

void FaultyDisk::fill_after(int writes, const std::string& name_end) {
  set({Kind::WRITES, name_end, writes});
}

void FaultyDisk::fail_syncs(const std::string& name_end) { set({Kind::SYNCS, name_end}); }

void FaultyDisk::fail_reads(const std::string& name_end) { set({Kind::READS, name_end}); }

void FaultyDisk::mend() { set({}); }

bool FaultyDisk::failed() const {
  const std::lock_guard hold(faults_lock);
  return faults.met;
}

}  // namespace payhook::test
