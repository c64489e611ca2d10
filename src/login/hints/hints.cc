#include "login/hints/hints.h"

#include "login/relation/cosine.h"
#include "login/relation/even_digits.h"
#include "login/relation/phrase.h"
#include "login/relation/sha256_relation.h"
#include "login/relation/template_relation.h"
#include "speech/features/level.h"
#include "speech/features/voice_activity.h"

namespace voizk {

HintRegistry LoginHints() {
  return {{kLevelHint, LevelHint},
          {kNoiseHint, NoiseHint},
          {kViterbiHint, ViterbiHint},
          {kDigitLevelHint, DigitLevelHint},
          {kCosineHint, CosineHint},
          {kSha256Hint, Sha256Hint},
          {kTemplateScaleHint, TemplateScaleHint}};
}

}  // namespace voizk
