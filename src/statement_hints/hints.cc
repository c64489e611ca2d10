#include "statement_hints/hints.h"

#include "features/level.h"
#include "features/voice_activity.h"
#include "statement/cosine.h"
#include "statement/phrase.h"
#include "statement/sha256_relation.h"

namespace voizk {

HintRegistry StatementHints() {
  return {{kLevelHint, LevelHint},
          {kNoiseHint, NoiseHint},
          {kViterbiHint, ViterbiHint},
          {kCosineHint, CosineHint},
          {kSha256Hint, Sha256Hint}};
}

}  // namespace voizk
