// The soundness table: one labelled term in bits for every way in which a false statement can be
// accepted, and their sum.  Proven bounds only (unique decoding, interactive, each term also a
// round-by-round term, so that Q hash calls succeed with at most Q times the sum).
// docs/protocol.md section 5 and docs/protocol/commitment.md section 3 derive the formulas.
#ifndef VOIZK_PROOF_SECURITY_TABLE_H_
#define VOIZK_PROOF_SECURITY_TABLE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "proof/commit/params.h"
#include "proof/commit/upper_bound.h"
#include "proof/masked/pad_plan.h"

namespace voizk {

struct SoundnessTerm {
  std::string label;
  ErrorUnits error = 0;
  bool counted = true;  // false: printed apart, not in the sum (the hash)
  /// -log2 of the error, for people; infinite for an error of 0.
  double bits() const { return BitsOf(error); }
};

/// Public counts of one relation (docs/protocol.md sections 2 and 5).
struct ShapeCounts {
  uint64_t leaves = 0;       // D: lookups and table rows
  int lookup_bits = 0;       // h
  int product_bits = 0;      // h_p; 0 without products
  int cell_bits = 0;         // b
  int output_bits = 0;       // of the space outputs
  uint64_t constraints = 0;  // affine constraints required in the run, opening included
  uint64_t triples = 0;      // products of masked scalars
  size_t commitments = 0;    // to lattices
};

std::vector<SoundnessTerm> SoundnessTable(const CommitParams& params, const ShapeCounts& counts);

/// The sum of the counted errors.
ErrorUnits TotalError(std::span<const SoundnessTerm> terms);
/// The same of SoundnessTable(params, counts), which is not made for it.
ErrorUnits TotalError(const CommitParams& params, const ShapeCounts& counts);
/// The same in bits, for people.
double TotalBits(std::span<const SoundnessTerm> terms);

/// One line per term and the total, for people.
std::string FormatTable(std::span<const SoundnessTerm> terms);

inline constexpr int kRequiredBits = 100;

/// Parameters of least cost of this degree and work whose total is at most 2^-target_bits;
/// kUnsupported if no query count gives that (degree 4: beyond about 13 million leaves without
/// work).
Result<CommitParams> ChooseSecureParams(uint64_t cells, const PadPlan& plan,
                                        const ShapeCounts& counts, int degree,
                                        int target_bits = kRequiredBits, int work_bits = 0);

/// Those of degree 4 without work, else with work, or of degree 5 where these cost less by more
/// than leaves / 64 (CostOf).
Result<CommitParams> ChooseSecureParams(uint64_t cells, const PadPlan& plan,
                                        const ShapeCounts& counts);

}  // namespace voizk

#endif  // VOIZK_PROOF_SECURITY_TABLE_H_
