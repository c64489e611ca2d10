// P's messages of the opening as typed values, parsed once, before any challenge is drawn
// (docs/protocol/commitment.md, section 2).  What is parsed is canonical and of the parameters'
// lengths; nothing of it is checked against anything.
#ifndef VOIZK_PROOF_COMMIT_OPENING_H_
#define VOIZK_PROOF_COMMIT_OPENING_H_

#include <vector>

#include "algebra/field/ext.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash/digest.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/params.h"

namespace voizk {

/// P -> V root (docs/protocol.md, step 1).  Errors: kLength.
Result<Digest> ReceiveRoot(Transcript* transcript, ByteReader* proof);

/// One opened column, in the order of its leaf.
template <int D>
struct OpenedColumn {
  ByteSpan bytes;               // as hashed: salt, cells
  std::vector<Fp> rows;         // M
  Ext<D> g;                     // sum_l x^l g_l
  std::vector<Ext<D>> tableau;  // P
  Ext<D> h0, h1, h2;
};

template <int D>
struct Opening {
  Ext<D> v, mu;                          // as sent: masked
  std::vector<Ext<D>> u;                 // u', W + t coefficients
  std::vector<Ext<D>> y0, y1, y2;        // y2 divided by X^256 - 1
  std::vector<OpenedColumn<D>> columns;  // t of them, by ascending position
  size_t siblings_at = 0;                // byte where the siblings start
  ByteSpan siblings;                     // all that follows; how many belong there, J tells

  /// Reads `proof` to its end; columns and siblings point into it.  Memory is bounded by params.
  /// Errors: kProofMalformed with kLength or kCanonical and the byte.
  static Result<Opening> Parse(const CommitParams& params, ByteReader* proof);
};

extern template struct Opening<4>;
extern template struct Opening<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_OPENING_H_
