// A registration that is finished with a proof of its enrolment (docs/decision.md, 10).
#include <string>

#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "service/api/ceremony.h"
#include "service/api/service.h"
#include "voizk/enrolment.h"

namespace voizk {

Service::Answer Service::ProveRegistration(Call* call, const Ceremony& ceremony) {
  const auto begun = storage_->BeginEnrolment(OwnParty(), call->parts.id, call->rate_key);
  const auto* refused = std::get_if<Refused>(&begun);
  Answer answer = refused != nullptr
                      ? Answer(Denied(call, *refused))
                      : JudgeEnrolment(call, std::get<EnrolmentTry>(begun), ceremony);
  const auto* problem = std::get_if<Problem>(&answer);
  metrics_.CountEnrolment(problem == nullptr ? "accepted" : problem->type);
  return answer;
}

Service::Answer Service::JudgeEnrolment(Call* call, const EnrolmentTry& attempt,
                                        const Ceremony& ceremony) {
  const Status status = check_enrolment_({.bundle = bundle_,
                                          .credential = ceremony.credential,
                                          .challenge = attempt.challenge,
                                          .least_phrases = options_.enrolment,
                                          .allowed_buckets = {},
                                          .clock = SystemUnixSeconds},
                                         *ceremony.proof);
  if (!status.ok()) {
    const Verdict verdict = VerdictOf(status.error());
    call->note = std::string(verdict.problem.type) + ": " + status.error().message;
    // If the row cannot be written, the failure stays counted, and the answer is no in any case.
    (void)storage_->RejectEnrolment(call->parts.id, attempt, ceremony.credential, call->address,
                                    std::string(verdict.problem.type), verdict.blameless);
    return verdict.problem;
  }
  call->note = "proven";
  return Registered(call, ceremony,
                    storage_->AcceptEnrolment(
                        call->parts.id, attempt, ceremony.credential, ceremony.device,
                        call->address, "enrolment proof " + ToHex(Sha256Of(*ceremony.proof))));
}

}  // namespace voizk
