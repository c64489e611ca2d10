#include "login/bundle/login_model.h"

#include <algorithm>

namespace voizk {

LoginModel MakeLoginModel(const std::shared_ptr<const BundleData>& bundle) {
  LoginModel model;
  model.front_end = bundle->features;
  model.decision = bundle->decision;
  model.bundle_digest = bundle->digest;
  model.embedding = [bundle](uint32_t frames) {
    return bundle->speaker ? bundle->speaker->At(bundle->features, frames)
                           : bundle->embedding.At(frames);
  };
  model.recogniser = [bundle](uint32_t frames) { return bundle->recogniser.At(frames); };
  return model;
}

Status CheckBucket(const BundleData& bundle, uint32_t frames) {
  if (std::find(bundle.buckets.begin(), bundle.buckets.end(), frames) == bundle.buckets.end()) {
    return {ErrorCode::kInvalidArgument, "no bucket of this length in the bundle"};
  }
  return {};
}

Result<uint32_t> BucketFor(const BundleData& bundle, size_t samples) {
  for (const uint32_t frames : bundle.buckets) {
    if (bundle.features.Samples(frames) >= samples) return frames;
  }
  return {ErrorCode::kRefused, "too long"};
}

}  // namespace voizk
