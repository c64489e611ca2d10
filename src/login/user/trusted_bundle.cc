#include <algorithm>
#include <utility>

#include "base/exceptions.h"
#include "voizk/login.h"

namespace voizk {

Result<TrustedBundle> TrustedBundle::Make(Bundle bundle, std::span<const BundleDigest> pinned) try {
  if (std::find(pinned.begin(), pinned.end(), bundle.digest()) != pinned.end()) {
    return TrustedBundle(std::move(bundle));
  }
  const auto shipped = Bundle::Default();  // none in some builds
  if (shipped.ok() && shipped->digest() == bundle.digest()) {
    return TrustedBundle(std::move(bundle));
  }
  if (!shipped.ok() && shipped.error().code == ErrorCode::kOutOfMemory) return shipped.error();
  return {ErrorCode::kInvalidArgument, "the user has not pinned the digest of this bundle"};
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
