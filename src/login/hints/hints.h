// How an honest prover finds the values of the login statement that no plain step computes: the
// peak and gain, the noise level, the alignment, the digits of the cosine, the cells of SHA-256.
// A verifier links none of this.
#ifndef VOIZK_LOGIN_HINTS_HINTS_H_
#define VOIZK_LOGIN_HINTS_HINTS_H_

#include "relation/execution/hints.h"

namespace voizk {

Status LevelHint(const HintCall& call);          // features/level.h
Status NoiseHint(const HintCall& call);          // features/voice_activity.h
Status ViterbiHint(const HintCall& call);        // login/relation/phrase.h
Status DigitLevelHint(const HintCall& call);     // login/relation/even_digits.h
Status CosineHint(const HintCall& call);         // login/relation/cosine.h
Status Sha256Hint(const HintCall& call);         // login/relation/sha256_relation.h
Status TemplateScaleHint(const HintCall& call);  // login/relation/template_relation.h

/// All of them, by the names in those headers.
HintRegistry LoginHints();

}  // namespace voizk

#endif  // VOIZK_LOGIN_HINTS_HINTS_H_
