// CommitParams: the shape of one commitment, a function of public numbers only.  Every size that
// prover and verifier allocate or parse derives from it (docs/protocol/commitment.md, section 1).
#ifndef VOIZK_PROOF_COMMIT_PARAMS_H_
#define VOIZK_PROOF_COMMIT_PARAMS_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/result.h"
#include "crypto/transcript/transcript.h"
#include "proof/commit/upper_bound.h"
#include "proof/masked/pad_plan.h"

namespace voizk {

struct CommitParams {
  // Limits, each with its reason.
  static constexpr int kLogPadWidth = 8;  // rows of the pad tableau hold 2^8 messages, on H
  static constexpr uint32_t kPadWidth = 1u << kLogPadWidth;
  static constexpr int kMinLogN = 12;       // keeps 2k_P - 1 well below n/2 (quadratic test)
  static constexpr int kMaxLogN = 20;       // 2^20 leaves; the field has 2-adicity 24
  static constexpr int kMaxCellsBits = 34;  // 2^34 cells: 64 GiB of witness
  static constexpr uint32_t kMaxRows = 1u << 24;
  static constexpr uint32_t kMaxQueries = 512;
  static constexpr uint32_t kMaxPads = 1u << 20;     // a login has about a thousand
  static constexpr uint32_t kMaxTriples = 1u << 20;  // a login has about a hundred
  static constexpr int kWorkBits = 8;                // of large relations: about 0.1 ms

  int degree = 4;                 // d of K
  int log_w = 0;                  // W = 2^log_w message cells per row of M
  int log_n = 0;                  // n = 2^log_n columns
  uint32_t queries = 0;           // t: opened columns, and randomisers per row
  uint64_t cells = 0;             // addresses of the cell vector that are stored
  int cells_bits = 0;             // b: the opening point has b coordinates, cells <= 2^b
  uint32_t rows = 0;              // R = ceil(cells / W)
  uint32_t pads = 0;              // pads of the plan, with those of [v] and [mu]
  uint32_t triples = 0;           // triples of the plan
  int response_log_w = 0;         // W' = 2^response_log_w, ResponseLogW(log_w)
  uint32_t response_queries = 0;  // t': opened columns of the responses
  int work_bits = 0;              // of work before the fingerprint is drawn: 0 or kWorkBits

  uint32_t message() const { return 1u << log_w; }                               // W
  uint32_t length() const { return 1u << log_n; }                                // n
  uint32_t dimension() const { return message() + queries; }                     // k = W + t
  uint32_t pad_dimension() const { return kPadWidth + queries; }                 // k_P = 256 + t
  uint32_t linear_dimension() const { return pad_dimension() + kPadWidth - 1; }  // k_1
  uint32_t quadratic_dimension() const { return 2 * pad_dimension() - 1; }       // k_2
  uint32_t quotient_size() const { return quadratic_dimension() - kPadWidth; }   // of y2
  uint32_t pad_rows() const { return (pads + kPadWidth - 1) / kPadWidth; }
  uint32_t triple_rows() const { return (triples + kPadWidth - 1) / kPadWidth; }
  uint32_t tableau_rows() const { return pad_rows() + 3 * triple_rows(); }
  /// Words over K below the rows of M: g, the tableau, h0, h1, h2.
  uint32_t extension_rows() const { return 1 + tableau_rows() + 3; }
  /// Words over F, which is the number of cells of a column.
  uint32_t base_rows() const { return rows + static_cast<uint32_t>(degree) * extension_rows(); }
  /// A column of the proof: salt and cells.
  size_t column_bytes() const { return 32 + 4 * static_cast<size_t>(base_rows()); }
  size_t element_bytes() const { return 4 * static_cast<size_t>(degree); }

  // The responses Y = u' | y0 | y1 | q2 as rows of W' elements, each a code word of rate 1/8.
  static constexpr int kResponseLogInverseRate = 3;
  static constexpr int ResponseLogW(int log_w) { return std::max(9, (log_w + 7) / 2); }
  uint32_t response_width() const { return 1u << response_log_w; }  // W'
  int response_log_n() const { return response_log_w + kResponseLogInverseRate; }
  uint32_t response_length() const { return 1u << response_log_n(); }  // n'
  /// N' for t queries, and R' and b' for it.
  uint32_t response_size(uint32_t t) const { return message() + 5 * t + 4 * kPadWidth - 2; }
  uint32_t response_rows(uint32_t t) const {
    return (response_size(t) + response_width() - 1) >> response_log_w;
  }
  int response_rounds(uint32_t t) const {
    return static_cast<int>(std::bit_width(response_rows(t) - 1));
  }
  uint32_t response_size() const { return response_size(queries); }  // N'
  uint32_t response_rows() const { return response_rows(queries); }  // R'
  int response_rounds() const { return response_rounds(queries); }   // b'
  size_t response_column_bytes() const { return response_rows() * element_bytes(); }
};

/// ((1 + dimension/n)/2)^t, rounded up: what t distinct columns leave to a word that no polynomial
/// of fewer than `dimension` coefficients matches within the unique decoding radius.
UpperBound QueryError(uint32_t dimension, const CommitParams& params);

/// (9/16)^t', rounded up: the same of the responses' columns.
UpperBound ResponseQueryError(const CommitParams& params);

/// The parameters of least cost at rate 1/4 (n >= 2^12), each with the least t that is accepted;
/// the smaller W of equal ones.  t' is the least whose error is at most 2^-(bits + 4).  `accepts`
/// is true from some t on.  cells: address count; the plan ends with AddOpening().  Both sides call
/// it with the same arguments and get the same answer: integers throughout.
Result<CommitParams> ChooseParams(uint64_t cells, const PadPlan& plan, int degree, int bits,
                                  const std::function<bool(const CommitParams&)>& accepts);
/// Those whose four column tests (rows, low degree, linear, quadratic) have an error of at most
/// 2^-query_bits each.
Result<CommitParams> ChooseParams(uint64_t cells, const PadPlan& plan, int degree, int query_bits);

/// Are the numbers consistent and within the limits, and is every test meaningful?  Refuses rates
/// above 1/4 and a code in which the quadratic test's polynomials take more than half of the length
/// (at full dimension and rate 1/2 that test accepts anything).
Status CheckParams(const CommitParams& params);

/// Estimate of the proof's bytes; exact but for the Merkle siblings, taken at about their mean.
uint64_t EstimateProofBytes(const CommitParams& params);
/// What ChooseParams makes least: those bytes, and one for every eight columns, which take their
/// prover as long (130 ns each) as a byte is worth (a millisecond for a kilobyte).
uint64_t CostOf(const CommitParams& params);

/// Absorbs every number above; both sides, before the root.
void AbsorbParams(const CommitParams& params, Transcript* transcript);

/// Absorbs the number that shall be the prover's work, after the root; true if it is: the state's
/// first work_bits bits are then zero, the lowest of its first byte first.
bool AbsorbWork(const CommitParams& params, uint64_t number, Transcript* transcript);

}  // namespace voizk

#endif  // VOIZK_PROOF_COMMIT_PARAMS_H_
