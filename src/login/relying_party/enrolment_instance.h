// The statement of a proven enrolment, as both sides make it from bundle, commitment and challenge.
#ifndef VOIZK_LOGIN_RELYING_PARTY_ENROLMENT_INSTANCE_H_
#define VOIZK_LOGIN_RELYING_PARTY_ENROLMENT_INSTANCE_H_

#include "base/result.h"
#include "login/relation/enrolment_relation.h"
#include "proof/protocol/instance.h"
#include "proof/protocol/public_values.h"
#include "voizk/bundle.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"

namespace voizk {

/// Public inputs (docs/decision.md, 10) and items (docs/formats.md).  kInvalidArgument: the
/// challenge breaks a rule.
Result<PublicValues> EnrolmentPublicValues(const Bundle& bundle, const PublicCredential& credential,
                                           const Challenge& challenge, const EnrolmentShape& shape);

/// The relation of every enrolment of that shape, certified.  Errors: those of CheckBucket,
/// CertifyEnrolmentRelation and Instance::Make.
Result<Instance> MakeEnrolmentInstance(const Bundle& bundle, const EnrolmentShape& shape);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELYING_PARTY_ENROLMENT_INSTANCE_H_
