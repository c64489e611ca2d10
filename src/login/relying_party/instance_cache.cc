#include "login/relying_party/instance_cache.h"

#include <algorithm>
#include <utility>

#include "base/sizes.h"

namespace voizk {

std::shared_ptr<const Instance> InstanceCache::Find(const LoginShape& shape) {
  const std::lock_guard lock(mutex_);
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&shape](const Entry& e) { return e.shape == shape; });
  if (entry == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->instance;
}

void InstanceCache::Keep(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (entry.bytes > max_bytes_) return;
  entries_.push_front(std::move(entry));  // may throw; then nothing has changed
  bytes_ += entries_.front().bytes;
  while (bytes_ > max_bytes_ && !entries_.empty()) {
    bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

Result<std::shared_ptr<const Instance>> InstanceCache::Get(const LoginShape& shape) {
  if (auto kept = Find(shape)) return kept;
  std::unique_lock lock(making_, std::defer_lock);
  if (max_bytes_ > 0) {
    lock.lock();
    if (auto kept = Find(shape)) return kept;  // another thread made it meanwhile
  }
  VOIZK_ASSIGN_OR_RETURN(Instance made, make_(shape));
  auto instance = std::make_shared<const Instance>(std::move(made));
  Keep({shape, instance, ToSize(ApproximateBytes(instance->relation()))});
  return instance;
}

size_t InstanceCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace voizk
