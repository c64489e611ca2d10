// V's messages of the opening after gamma, drawn in one place for both sides.
#ifndef VOIZK_PROOF_COMMIT_CHALLENGES_H_
#define VOIZK_PROOF_COMMIT_CHALLENGES_H_

#include <cstdint>
#include <vector>

#include "algebra/field/ext.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/params.h"

namespace voizk {

template <int D>
struct TableauChallenges {
  std::vector<Ext<D>> r0;  // per tableau row
  Ext<D> r1;               // constraint c has weight r1^c, c >= 1
  Ext<D> r2;               // triple row e has weight r2^e, e >= 1
};

template <int D>
TableauChallenges<D> DrawTableauChallenges(const CommitParams& params, Transcript* transcript) {
  TableauChallenges<D> challenges;
  challenges.r0 = transcript->ChallengeExts<D>("r0", params.tableau_rows());
  challenges.r1 = transcript->ChallengeExt<D>("r1");
  challenges.r2 = transcript->ChallengeExt<D>("r2");
  return challenges;
}

/// t distinct positions, ascending.
inline std::vector<uint32_t> DrawColumns(const CommitParams& params, Transcript* transcript) {
  return transcript->ChallengeIndices("columns", params.length(), params.queries);
}

/// t' distinct positions of the responses' code, ascending.
inline std::vector<uint32_t> DrawResponseColumns(const CommitParams& params,
                                                 Transcript* transcript) {
  return transcript->ChallengeIndices("response columns", params.response_length(),
                                      params.response_queries);
}

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_CHALLENGES_H_
