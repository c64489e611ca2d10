// What both sides of a login derive from the relying party's values and the length bucket: the
// relation with its parameters, and the statement that the proof is bound to.
#ifndef VOIZK_LOGIN_RELYING_PARTY_LOGIN_INSTANCE_H_
#define VOIZK_LOGIN_RELYING_PARTY_LOGIN_INSTANCE_H_

#include <cstdint>

#include "base/result.h"
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

/// kInvalidArgument: the challenge, the credential and the bundle do not belong together.
Status CheckBelongTogether(const Bundle& bundle, const PublicCredential& credential,
                           const Challenge& challenge);

/// Items: login version, bundle digest, challenge digest, relying party, nonce, phrase, expiry,
/// commitment, frames, threshold (docs/formats.md).  kInvalidArgument: the challenge breaks a rule.
Result<PublicValues> LoginPublicValues(const Bundle& bundle, const PublicCredential& credential,
                                       const Challenge& challenge, uint32_t frames);

/// Errors: those of CheckBelongTogether, CheckBucket, BuildLoginRelation and Instance::Make.
Result<LoginInstance> MakeLoginInstance(const Bundle& bundle, const PublicCredential& credential,
                                        const Challenge& challenge, uint32_t frames);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_LOGIN_INSTANCE_H_
