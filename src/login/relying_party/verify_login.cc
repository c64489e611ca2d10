#include <utility>

#include "base/exceptions.h"
#include "login/bundle/login_model.h"
#include "login/relying_party/instance_cache.h"
#include "login/relying_party/login_file.h"
#include "login/relying_party/login_instance.h"
#include "proof/protocol/container.h"
#include "proof/verifier/verifier.h"
#include "relation/core/digest.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

Status CheckPolicy(const LoginPolicy& policy) {
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(policy.bundle, policy.credential, policy.challenge));
  return CheckAllowedBuckets(policy.bundle, policy.allowed_buckets);
}

/// The proof may choose among the caller's buckets, and nothing else.
Status CheckAllowed(const LoginPolicy& policy, uint32_t frames) {
  if (!IsAllowedBucket(policy.bundle, policy.allowed_buckets, frames)) {
    return Error{ErrorCode::kProofRejected, "login proof: its length bucket is not allowed",
                 Rejection{.check = Check::kBucket, .actual = frames}};
  }
  return {};
}

}  // namespace

struct LoginVerifier::State {
  State(Bundle b, size_t max_bytes)
      : bundle(std::move(b)),
        instances([this](const LoginShape& shape) { return MakeLoginInstance(bundle, shape); },
                  max_bytes) {}

  Result<std::shared_ptr<const Instance>> InstanceOf(const LoginShape& shape) {
    if (!given) return instances.Get(shape);
    if (shape.frames == given_bucket) return given;
    return Error{
        ErrorCode::kProofRejected, "login proof: its length bucket is not the relation's",
        Rejection{.check = Check::kBucket, .expected = given_bucket, .actual = shape.frames}};
  }

  Bundle bundle;
  InstanceCache instances;
  std::shared_ptr<const Instance> given;  // by WithRelation; then no other
  uint32_t given_bucket = 0;
};

LoginVerifier::LoginVerifier(Bundle bundle, size_t max_bytes) : bundle_(std::move(bundle)) {
  try {
    state_ = std::make_shared<State>(bundle_, max_bytes);
  } catch (...) {
    state_ = nullptr;
  }
}

Result<LoginVerifier> LoginVerifier::WithRelation(Bundle bundle, uint32_t bucket,
                                                  const PublishedRelation& relation) try {
  VOIZK_RETURN_IF_ERROR(CheckBucket(bundle.data(), bucket));
  VOIZK_ASSIGN_OR_RETURN(Instance instance, ReadLoginInstance(bundle, relation.bytes));
  if (instance.digest() != relation.digest) {
    return {ErrorCode::kInvalidArgument, "the relation has another digest than the one asked for"};
  }
  LoginVerifier verifier(std::move(bundle), 0);
  VOIZK_RETURN_IF_ERROR(verifier.status());
  verifier.state_->given = std::make_shared<const Instance>(std::move(instance));
  verifier.state_->given_bucket = bucket;
  return verifier;
} catch (...) {
  return ErrorOfException();
}

Status LoginVerifier::status() const {
  if (state_) return {};
  return {ErrorCode::kOutOfMemory, "out of memory"};
}
size_t LoginVerifier::cached_bytes() const { return state_ ? state_->instances.bytes() : 0; }

Status LoginVerifier::Verify(const LoginPolicy& policy, std::span<const uint8_t> proof) const try {
  VOIZK_RETURN_IF_ERROR(status());
  if (policy.bundle.digest() != bundle_.digest()) {
    return {ErrorCode::kInvalidArgument, "the policy names another bundle than the verifier's"};
  }
  VOIZK_RETURN_IF_ERROR(CheckPolicy(policy));
  VOIZK_RETURN_IF_ERROR(CheckChallengeTime(policy.challenge, policy.clock()));
  VOIZK_ASSIGN_OR_RETURN(const LoginFile file, ParseLoginFile(proof));
  VOIZK_RETURN_IF_ERROR(CheckAllowed(policy, file.frames));
  // Before a relation is made for it: whatever is no proof at all costs nothing.
  VOIZK_RETURN_IF_ERROR(CheckProofHeader(file.proof));
  VOIZK_ASSIGN_OR_RETURN(
      const PublicValues values,
      LoginPublicValues(policy.bundle, policy.credential, policy.challenge, file.frames));
  VOIZK_ASSIGN_OR_RETURN(const std::shared_ptr<const Instance> instance,
                         state_->InstanceOf(ShapeOf(policy.challenge, file.frames)));
  VOIZK_RETURN_IF_ERROR(voizk::Verify(*instance, values, file.proof));
  // Again: the challenge may have expired meanwhile.
  return CheckChallengeTime(policy.challenge, policy.clock());
} catch (...) {
  return ErrorOfException();
}

Status LoginVerifier::VerifyOnce(const LoginPolicy& policy, std::span<const uint8_t> proof,
                                 const std::string& state_folder) const try {
  VOIZK_RETURN_IF_ERROR(CheckState(state_folder, policy.clock));
  VOIZK_RETURN_IF_ERROR(Verify(policy, proof));
  VOIZK_RETURN_IF_ERROR(MarkNonceUsed(state_folder, policy.challenge, policy.clock));
  // A folder that cannot be tidied up is no reason to turn an accepted login away.
  (void)PruneUsedNonces(state_folder, policy.clock);
  return {};
} catch (...) {
  return ErrorOfException();
}

Status VerifyLogin(const LoginPolicy& policy, std::span<const uint8_t> proof) try {
  return LoginVerifier(policy.bundle, 0).Verify(policy, proof);
} catch (...) {
  return ErrorOfException();
}

Status VerifyLoginOnce(const LoginPolicy& policy, std::span<const uint8_t> proof,
                       const std::string& state_folder) try {
  return LoginVerifier(policy.bundle, 0).VerifyOnce(policy, proof, state_folder);
} catch (...) {
  return ErrorOfException();
}

Result<PublishedRelation> LoginRelation(const Bundle& bundle, uint32_t bucket, size_t digits) try {
  VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeLoginInstance(bundle, {bucket, digits}));
  return PublishedRelation{SerializeRelation(instance.relation()), instance.digest()};
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
