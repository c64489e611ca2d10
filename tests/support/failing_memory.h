// A heap that runs out when told to and looks at what it is given back.  Replaces the global
// operators new and delete of the test program that links failing_memory.cc.
#ifndef VOIZK_TESTS_SUPPORT_FAILING_MEMORY_H_
#define VOIZK_TESTS_SUPPORT_FAILING_MEMORY_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace voizk {

/// While one exists, allocation number `fail_at` (from 0) and every later one throws
/// std::bad_alloc, on all threads; kNever: none.
class FailingMemory {
 public:
  static constexpr uint64_t kNever = UINT64_MAX;
  explicit FailingMemory(uint64_t fail_at);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;
  /// Asked for so far, refused ones included.
  static uint64_t allocations();
};

/// fn(), served whatever FailingMemory says, and not counted: what the test itself makes.
uint64_t SuspendFailing();
void ResumeFailing(uint64_t suspended);
template <typename Fn>
auto WithEnoughMemory(const Fn& fn) {
  struct Resume {
    uint64_t suspended = SuspendFailing();
    ~Resume() { ResumeFailing(suspended); }
  } const resume;
  return fn();
}

/// While one exists, every block given back is searched for these byte strings (8 bytes or more
/// each, that occur nowhere but in secrets).
class SecretWatch {
 public:
  explicit SecretWatch(std::vector<std::string> secrets);
  ~SecretWatch();
  SecretWatch(const SecretWatch&) = delete;
  SecretWatch& operator=(const SecretWatch&) = delete;
  /// Blocks that held one.
  static uint64_t found();
};

/// The bytes of consecutive values as numbers of type T in memory.
template <typename T, typename Values>
std::string BytesAs(const Values& values) {
  std::string bytes;
  for (const auto v : values) {
    const T t = static_cast<T>(v);
    bytes.append(reinterpret_cast<const char*>(&t), sizeof t);
  }
  return bytes;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_SUPPORT_FAILING_MEMORY_H_
