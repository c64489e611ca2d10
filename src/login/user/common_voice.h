// Whether several recordings are of one voice, and the template that they make: the integers that a
// proven enrolment shows (docs/decision.md, 4 and 10), with the recording to blame if they are not.
#ifndef VOIZK_LOGIN_USER_COMMON_VOICE_H_
#define VOIZK_LOGIN_USER_COMMON_VOICE_H_

#include <cstddef>
#include <span>

#include "base/result.h"
#include "login/relation/template.h"
#include "voizk/login.h"

namespace voizk {

/// Secret.
struct CommonVoice {
  VoiceTemplate values;  // unless refused
  Refusal refusal = Refusal::kNone;
  size_t recording = 0;  // which was refused, from 1; 0: all of them together
};

/// Of 2 to kMaxSummed embeddings, one per recording.  Each has to log in with the template of the
/// others; of several that would not, the one to blame is the one least like the others: where one
/// voice differs, the others' mean, which it is part of, is nearer to them than to it.  Of two
/// nobody can say which.  Errors are never kRefused.
Result<CommonVoice> FindCommonVoice(const DecisionConfig& c, std::span<const Embedding> embeddings);

}  // namespace voizk

#endif  // VOIZK_LOGIN_USER_COMMON_VOICE_H_
