// The relations that a relying party has certified and keeps, by shape.  Thread-safe.
#ifndef VOIZK_LOGIN_RELYING_PARTY_INSTANCE_CACHE_H_
#define VOIZK_LOGIN_RELYING_PARTY_INSTANCE_CACHE_H_

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "base/result.h"
#include "login/relation/login_relation.h"
#include "proof/protocol/instance.h"

namespace voizk {

class InstanceCache {
 public:
  using Make = std::function<Result<Instance>(const LoginShape&)>;
  /// Keeps the most recently used ones, of at most max_bytes together.
  InstanceCache(Make make, size_t max_bytes) : make_(std::move(make)), max_bytes_(max_bytes) {}

  /// Where any are kept, one is made at a time: a burst of proofs of a shape makes it once. Those
  /// that are kept are given out meanwhile.  Errors of make are not kept.
  Result<std::shared_ptr<const Instance>> Get(const LoginShape& shape);

  size_t bytes() const;

 private:
  struct Entry {
    LoginShape shape;
    std::shared_ptr<const Instance> instance;
    size_t bytes;
  };
  std::shared_ptr<const Instance> Find(const LoginShape& shape);
  void Keep(Entry entry);

  Make make_;
  size_t max_bytes_;
  std::mutex making_;
  mutable std::mutex mutex_;  // of what follows
  std::list<Entry> entries_;  // most recently used first
  size_t bytes_ = 0;
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_INSTANCE_CACHE_H_
