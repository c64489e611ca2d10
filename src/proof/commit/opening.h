// P's messages of the opening as typed values, parsed once, before any challenge is drawn
// (docs/protocol/commitment.md, section 2).  What is parsed is canonical and of the parameters'
// lengths; nothing of it is checked against anything.
#ifndef VOIZK_PROOF_COMMIT_OPENING_H_
#define VOIZK_PROOF_COMMIT_OPENING_H_

#include <array>
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

/// P -> V the work that these parameters ask for.  Errors: kLength, kWork.
Status ReceiveWork(const CommitParams& params, Transcript* transcript, ByteReader* proof);

/// One opened column, in the order of its leaf.
template <int D>
struct OpenedColumn {
  ByteSpan bytes;               // as hashed: salt, cells
  std::vector<Fp> rows;         // M
  Ext<D> g;                     // sum_l x^l g_l
  std::vector<Ext<D>> tableau;  // P
  Ext<D> h0, h1, h2;
};

/// One opened column of the responses' matrix.
template <int D>
struct ResponseColumn {
  ByteSpan bytes;            // as hashed
  std::vector<Ext<D>> rows;  // Y_0, Y_1, ..
};

template <int D>
struct Opening {
  Ext<D> v, mu;                                     // as sent: masked
  Ext<D> combined;                                  // <b, u'>
  Ext<D> sum;                                       // of y1 over H
  Digest responses;                                 // root
  std::vector<std::array<Ext<D>, 2>> rounds;        // s(0), s(2) of each variable of the fold
  std::vector<Ext<D>> fold;                         // phi, W' coefficients
  std::vector<OpenedColumn<D>> columns;             // t of them, by ascending position
  std::vector<ResponseColumn<D>> response_columns;  // t' of them, likewise
  size_t siblings_at = 0;                           // byte where the siblings start
  ByteSpan siblings;  // all that follows; how many belong there, J and J' tell

  /// Reads `proof` to its end; columns and siblings point into it.  Memory is bounded by params.
  /// Errors: kProofMalformed with kLength or kCanonical and the byte.
  static Result<Opening> Parse(const CommitParams& params, ByteReader* proof);
};

extern template struct Opening<4>;
extern template struct Opening<5>;

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_OPENING_H_
