// An enrolment that answers a relying party's challenge: one recording per phrase, and the proof.
#ifndef VOIZK_CLI_PROVEN_ENROLMENT_H_
#define VOIZK_CLI_PROVEN_ENROLMENT_H_

#include <string>
#include <vector>

#include "common.h"
#include "recordings.h"

namespace voizk::cli {

/// "4 0 9 1 7"
std::string Spaced(const std::vector<uint8_t>& digits);

/// Takes the recordings from `files`, one per phrase in order, or `count` of them from the
/// microphone, whoever is refused being asked again, and proves.  kRefused: the text names the file
/// or the phrase.
Result<EnrolmentProof> EnrolWithProof(const Context& context, const TrustedBundle& bundle,
                                      const Challenge& challenge,
                                      const std::vector<std::string>& files, size_t count,
                                      RecordingOptions recording);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_PROVEN_ENROLMENT_H_
