// The part of a bundle that shapes a login's relation.
#ifndef VOIZK_LOGIN_BUNDLE_LOGIN_MODEL_H_
#define VOIZK_LOGIN_BUNDLE_LOGIN_MODEL_H_

#include <memory>

#include "login/bundle/bundle_data.h"
#include "login/relation/login_relation.h"

namespace voizk {

/// The model shares the bundle's data and keeps it alive.
LoginModel MakeLoginModel(const std::shared_ptr<const BundleData>& bundle);

/// kInvalidArgument unless `frames` is one of the bundle's buckets.
Status CheckBucket(const BundleData& bundle, uint32_t frames);

/// The smallest bucket that holds that many samples; kRefused ("too long") if none does.
Result<uint32_t> BucketFor(const BundleData& bundle, size_t samples);

}  // namespace voizk

#endif  // VOIZK_LOGIN_BUNDLE_LOGIN_MODEL_H_
