// What both sides of a login derive from the relying party's values and the length bucket: the
// relation with its parameters, and the statement that the proof is bound to.
#ifndef VOIZK_LOGIN_RELYING_PARTY_LOGIN_INSTANCE_H_
#define VOIZK_LOGIN_RELYING_PARTY_LOGIN_INSTANCE_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "login/relation/login_relation.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"
#include "voizk/bundle.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"

namespace voizk {

struct LoginInstance {
  Instance instance;
  PublicValues public_values;
};

/// What the relation of a login depends on beside the bundle.
LoginShape ShapeOf(const Challenge& challenge, uint32_t frames);

/// kInvalidArgument: the challenge, the credential and the bundle do not belong together.
Status CheckBelongTogether(const Bundle& bundle, const PublicCredential& credential,
                           const Challenge& challenge);

/// The buckets that a relying party takes, all of the bundle's if there are none.
/// kInvalidArgument: one is none of the bundle's.
Status CheckAllowedBuckets(const Bundle& bundle, std::span<const uint32_t> allowed);
bool IsAllowedBucket(const Bundle& bundle, std::span<const uint32_t> allowed, uint32_t frames);

/// The items that begin every statement of a challenge: suite, bundle, challenge digest, relying
/// party, nonce.  kInvalidArgument: the challenge breaks a rule.
Result<PublicValues> BeginPublicValues(std::string_view suite, const Bundle& bundle,
                                       const Challenge& challenge);
/// And those that end it: expiry, commitment, frames, threshold.
void EndPublicValues(const Bundle& bundle, const PublicCredential& credential,
                     const Challenge& challenge, uint32_t frames, PublicValues* values);

/// Public inputs (docs/decision.md, 9), and the items login version, bundle digest, challenge
/// digest, relying party, nonce, phrase, expiry, commitment, frames, threshold (docs/formats.md).
/// kInvalidArgument: the challenge breaks a rule.
Result<PublicValues> LoginPublicValues(const Bundle& bundle, const PublicCredential& credential,
                                       const Challenge& challenge, uint32_t frames);

/// The relation of every login of that shape, certified.  Errors: those of CheckBucket,
/// BuildLoginRelation and Instance::Make.
Result<Instance> MakeLoginInstance(const Bundle& bundle, const LoginShape& shape);

/// From the bytes of such a relation, instead of the bundle.  Errors: those of ParseRelation,
/// CheckLoginPublicInputs and Instance::Make.
Result<Instance> ReadLoginInstance(const Bundle& bundle, ByteSpan relation);

/// Errors: those of CheckBelongTogether, LoginPublicValues and MakeLoginInstance.
Result<LoginInstance> MakeLoginInstance(const Bundle& bundle, const PublicCredential& credential,
                                        const Challenge& challenge, uint32_t frames);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_LOGIN_INSTANCE_H_
