#include "login/relying_party/enrolment_instance.h"

#include <utility>

#include "login/bundle/login_model.h"
#include "login/relying_party/login_instance.h"
#include "voizk/enrolment.h"

namespace voizk {

Result<PublicValues> EnrolmentPublicValues(const Bundle& bundle, const PublicCredential& credential,
                                           const Challenge& challenge,
                                           const EnrolmentShape& shape) {
  VOIZK_ASSIGN_OR_RETURN(auto phrases, EnrolmentPhrases(challenge, shape.phrases));
  VOIZK_ASSIGN_OR_RETURN(PublicValues values,
                         BeginPublicValues(kEnrolmentSuite, bundle, challenge));
  for (const auto& phrase : phrases) values.Add("phrase", phrase);
  EndPublicValues(bundle, credential, challenge, shape.frames, &values);
  VOIZK_ASSIGN_OR_RETURN(
      PublicInputValues inputs,
      EnrolmentPublicInputs(bundle.data().decision, bundle.digest(),
                            {challenge.relying_party, std::move(phrases), credential.commitment}));
  values.SetInputs(std::move(inputs));
  return values;
}

Result<Instance> MakeEnrolmentInstance(const Bundle& bundle, const EnrolmentShape& shape) {
  VOIZK_RETURN_IF_ERROR(CheckBucket(bundle.data(), shape.frames));
  VOIZK_ASSIGN_OR_RETURN(const CertifiedRelation relation,
                         CertifyEnrolmentRelation(MakeLoginModel(bundle.shared_data()), shape));
  return Instance::Make(relation);
}

}  // namespace voizk
