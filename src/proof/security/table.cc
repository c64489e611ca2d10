#include "proof/security/table.h"

#include <algorithm>
#include <bit>
#include <cstdio>

namespace voizk {
namespace {

// Merged functionals: L_m, L_key, L_c, L_A, L_B.
constexpr uint64_t kFunctionals = 5;
// Collisions of SHA-256: 2^128 work.
constexpr int kHashBits = 128;
// Work to open a lattice commitment in two ways, by the estimate of docs/protocol/lattice.md, which
// gives more.
constexpr int kRingSisBits = 128;

// 2^192 / p^d, rounded up: the error of one field element in units.
constexpr ErrorUnits kUnitOfDegree4 = (ErrorUnits{0x10} << 64) + 0x828a22ec353c366d;
constexpr ErrorUnits kUnitOfDegree5 = 0x2147a38cb0;

// numerator / |K|; numerators stay below 2^34, so nothing overflows.
ErrorUnits Algebraic(uint64_t numerator, const CommitParams& p) {
  return numerator * (p.degree == 4 ? kUnitOfDegree4 : kUnitOfDegree5);
}

// fn(label, error, counted) for every term.
template <typename Fn>
void ForEachTerm(const CommitParams& p, const ShapeCounts& c, const Fn& fn) {
  const auto h = static_cast<uint64_t>(c.lookup_bits);
  const uint64_t n = p.length();
  const auto log_rows = static_cast<uint64_t>(std::bit_width(p.rows - 1));
  // Copies X_e = pi, Y_e = pi' are constraints too.
  const uint64_t linear = c.constraints + 2 * c.triples;
  const auto algebraic = [&](const char* label, uint64_t numerator) {
    fn(label, Algebraic(numerator, p), true);
  };
  const auto queries = [&](const char* label, uint32_t dimension) {
    fn(label, QueryError(dimension, p).Units(), true);
  };
  const ErrorUnits fingerprint = Algebraic(c.leaves == 0 ? 0 : c.leaves - 1, p);
  if (p.work_bits == 0) {
    fn("fingerprint of lookups", fingerprint, true);
  } else {
    // Whoever wants another fingerprint does 2^work hashes for it.
    static_assert(CommitParams::kWorkBits == 8);
    const ErrorUnits less = (ErrorUnits{1} << p.work_bits) - 1;
    fn("fingerprint, with 2^8 work", (fingerprint + less) >> p.work_bits, true);
  }
  algebraic("fraction tree", h == 0 ? 0 : 3 * h * (h - 1) / 2 + 2 * h);
  algebraic("products: tau", static_cast<uint64_t>(c.output_bits));
  algebraic("products: sum-check", 3 * static_cast<uint64_t>(c.product_bits));
  algebraic("batching of functionals", kFunctionals - 1);
  algebraic("batch sum-check", 2 * static_cast<uint64_t>(c.cell_bits));
  algebraic("gamma", 1);
  algebraic("row combination", (log_rows + 2) * n);
  queries("queries: rows", p.dimension());
  algebraic("pads: low degree", 2 * n);
  queries("queries: pads, low degree", p.pad_dimension());
  algebraic("pads: linear constraints", linear);
  queries("queries: pads, linear", p.linear_dimension());
  algebraic("pads: triples", p.triple_rows());
  queries("queries: pads, quadratic", p.quadratic_dimension());
  // At the largest t, so that the sum falls with t.
  constexpr uint32_t kMostQueries = CommitParams::kMaxQueries;
  const auto rounds = static_cast<uint64_t>(p.response_rounds(kMostQueries));
  algebraic("responses: claims", 4 * kMostQueries + 1);
  algebraic("responses: sum-check", 2 * rounds);
  algebraic("responses: row combination", rounds * p.response_length());
  fn("queries: responses", ResponseQueryError(p).Units(), true);
  fn("SHA-256 collisions (apart)", ErrorOfBits(kHashBits), false);
  if (c.commitments > 0) {
    // Two different contents of one commitment: an assumption, and its estimate.
    fn("Ring-SIS, commitments (apart)", ErrorOfBits(kRingSisBits), false);
  }
}

}  // namespace

std::vector<SoundnessTerm> SoundnessTable(const CommitParams& p, const ShapeCounts& c) {
  std::vector<SoundnessTerm> terms;
  ForEachTerm(p, c, [&terms](const char* label, ErrorUnits error, bool counted) {
    terms.push_back({label, error, counted});
  });
  return terms;
}

ErrorUnits TotalError(const CommitParams& p, const ShapeCounts& c) {
  ErrorUnits sum = 0;
  ForEachTerm(p, c, [&sum](const char*, ErrorUnits error, bool counted) {
    if (counted) sum = AddErrors(sum, error);
  });
  return sum;
}

ErrorUnits TotalError(std::span<const SoundnessTerm> terms) {
  ErrorUnits sum = 0;
  for (const SoundnessTerm& term : terms) {
    if (term.counted) sum = AddErrors(sum, term.error);
  }
  return sum;
}

double TotalBits(std::span<const SoundnessTerm> terms) { return BitsOf(TotalError(terms)); }

std::string FormatTable(std::span<const SoundnessTerm> terms) {
  std::string text;
  char line[96];
  for (const SoundnessTerm& term : terms) {
    if (term.error == 0) {
      std::snprintf(line, sizeof line, "%-32s    no error\n", term.label.c_str());
    } else {
      std::snprintf(line, sizeof line, "%-32s %7.1f bits\n", term.label.c_str(), term.bits());
    }
    text += line;
  }
  std::snprintf(line, sizeof line, "%-32s %7.1f bits\n", "sum", TotalBits(terms));
  return text + line;
}

Result<CommitParams> ChooseSecureParams(uint64_t cells, const PadPlan& plan,
                                        const ShapeCounts& counts, int degree, int target_bits,
                                        int work_bits) {
  if (target_bits <= 64 || target_bits > kErrorUnitBits) {
    return {ErrorCode::kInvalidArgument, "a target is 65 to 192 bits"};
  }
  ErrorUnits least = kAnyError;
  Result<CommitParams> params = ChooseParams(cells, plan, degree, target_bits, [&](CommitParams p) {
    p.work_bits = work_bits;
    const ErrorUnits total = TotalError(p, counts);
    least = std::min(least, total);
    return total <= ErrorOfBits(target_bits);
  });
  if (params.ok()) params->work_bits = work_bits;
  if (params.ok() || params.error().code != ErrorCode::kUnsupported) return params;
  char text[128];
  std::snprintf(text, sizeof text, "degree %d reaches %.1f bits of %d for this relation", degree,
                BitsOf(least), target_bits);
  return {ErrorCode::kUnsupported, text};
}

Result<CommitParams> ChooseSecureParams(uint64_t cells, const PadPlan& plan,
                                        const ShapeCounts& counts) {
  Result<CommitParams> four = ChooseSecureParams(cells, plan, counts, 4);
  if (!four.ok() && four.error().code != ErrorCode::kUnsupported) return four;
  if (!four.ok()) {
    four = ChooseSecureParams(cells, plan, counts, 4, kRequiredBits, CommitParams::kWorkBits);
  }
  Result<CommitParams> five = ChooseSecureParams(cells, plan, counts, 5);
  if (!five.ok()) return four.ok() ? four : five;
  // In degree 5 every lookup takes about half as long again, some 15 ns: a byte for 64 of them.
  return four.ok() && CostOf(*four) <= CostOf(*five) + counts.leaves / 64 ? four : five;
}

}  // namespace voizk
