// Memory kept between proofs.
#ifndef VOIZK_MEMORY_H_
#define VOIZK_MEMORY_H_

#include <cstddef>

namespace voizk {

/// While one of these lives, large blocks of memory (1 MiB and more) that proving and inference
/// give back are kept by the process for whoever asks next, instead of being returned to the system
/// and asked for again page by page, which takes about a fifth of a proof.  Secrets in them are
/// overwritten first, as always.  Kept blocks and those in use are together never more than were
/// in use at once since the first of these was made.  The last one's end returns everything.
///
/// ProveLogin, ProveNetwork and Enrol hold one for the time of the call; a program that proves
/// again and again holds one itself, at the price of a proof's peak memory in between.  Any number,
/// on any threads.
class KeepMemory {
 public:
  KeepMemory();
  ~KeepMemory();
  KeepMemory(const KeepMemory&) = delete;
  KeepMemory& operator=(const KeepMemory&) = delete;

  /// Bytes that the process keeps at this moment.
  static std::size_t KeptBytes();
  /// false in builds with AddressSanitizer, from which a kept block would hide that it was freed.
  static bool Keeps();
};

/// A block of at least 1 MiB, at a multiple of 64 bytes (of 2 MiB from 4 MiB on): a kept one, or
/// new.  What is in it is undetermined and never secret.  Throws std::bad_alloc.  Used by
/// SecureVector; FreeLargeBlock(p, bytes) with the same number gives it back.
void* AllocateLargeBlock(std::size_t bytes);
void FreeLargeBlock(void* block, std::size_t bytes) noexcept;
inline constexpr std::size_t kLargeBlockBytes = std::size_t{1} << 20;

}  // namespace voizk

#endif  // VOIZK_MEMORY_H_
