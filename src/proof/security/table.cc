#include "proof/security/table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>

#include "algebra/field/koala_bear.h"

namespace voizk {
namespace {

// Merged functionals: L_m, L_key, L_c, L_A, L_B.
constexpr double kFunctionals = 5;
// Collisions of SHA-256: 2^128 work.
constexpr double kHashBits = 128;

// numerator / |K| in bits.
double Algebraic(double numerator, const CommitParams& p) {
  if (numerator <= 0) return std::numeric_limits<double>::infinity();
  return p.degree * Fp::kBits - std::log2(numerator);
}

}  // namespace

std::vector<SoundnessTerm> SoundnessTable(const CommitParams& p, const ShapeCounts& c) {
  const double h = c.lookup_bits;
  const double n = p.length();
  const double log_rows = std::bit_width(p.rows - 1);
  const auto leaves = static_cast<double>(c.leaves);
  // Copies X_e = pi, Y_e = pi' are constraints too.
  const auto linear = static_cast<double>(c.constraints + 2 * c.triples);
  return {
      {"fingerprint of lookups", Algebraic(leaves - 1, p)},
      {"fraction tree", Algebraic(3 * h * (h - 1) / 2 + 2 * h, p)},
      {"products: tau", Algebraic(c.output_bits, p)},
      {"products: sum-check", Algebraic(3.0 * c.product_bits, p)},
      {"batching of functionals", Algebraic(kFunctionals - 1, p)},
      {"batch sum-check", Algebraic(2.0 * c.cell_bits, p)},
      {"gamma", Algebraic(1, p)},
      {"row combination", Algebraic((log_rows + 2) * n, p)},
      {"queries: rows", QueryBits(p.dimension(), p)},
      {"pads: low degree", Algebraic(2 * n, p)},
      {"queries: pads, low degree", QueryBits(p.pad_dimension(), p)},
      {"pads: linear constraints", Algebraic(linear, p)},
      {"queries: pads, linear", QueryBits(p.linear_dimension(), p)},
      {"pads: triples", Algebraic(p.triple_rows(), p)},
      {"queries: pads, quadratic", QueryBits(p.quadratic_dimension(), p)},
      {"SHA-256 collisions (apart)", kHashBits, false},
  };
}

double TotalBits(std::span<const SoundnessTerm> terms) {
  double error = 0;
  for (const SoundnessTerm& term : terms) {
    if (term.counted) error += std::exp2(-term.bits);
  }
  return -std::log2(error);
}

std::string FormatTable(std::span<const SoundnessTerm> terms) {
  std::string text;
  char line[96];
  for (const SoundnessTerm& term : terms) {
    if (std::isinf(term.bits)) {
      std::snprintf(line, sizeof line, "%-32s    no error\n", term.label.c_str());
    } else {
      std::snprintf(line, sizeof line, "%-32s %7.1f bits\n", term.label.c_str(), term.bits);
    }
    text += line;
  }
  std::snprintf(line, sizeof line, "%-32s %7.1f bits\n", "sum", TotalBits(terms));
  return text + line;
}

Result<CommitParams> ChooseSecureParams(uint64_t cells, const PadPlan& plan,
                                        const ShapeCounts& counts, int degree, double target_bits) {
  constexpr double kStep = 0.5, kMargin = 12;
  double reached = 0;
  for (double query_bits = target_bits; query_bits <= target_bits + kMargin; query_bits += kStep) {
    const Result<CommitParams> params = ChooseParams(cells, plan, degree, query_bits);
    if (!params.ok()) {
      // No code is that strong: more query bits will not be had, another degree may need fewer.
      if (params.error().code == ErrorCode::kUnsupported) break;
      return params.error();
    }
    const double total = TotalBits(SoundnessTable(*params, counts));
    if (total >= target_bits) return *params;
    reached = std::max(reached, total);
  }
  char text[128];
  std::snprintf(text, sizeof text, "degree %d reaches %.1f bits of %.1f for this relation", degree,
                reached, target_bits);
  return {ErrorCode::kUnsupported, text};
}

Result<CommitParams> ChooseSecureParams(uint64_t cells, const PadPlan& plan,
                                        const ShapeCounts& counts) {
  Result<CommitParams> smaller = ChooseSecureParams(cells, plan, counts, 4);
  if (smaller.ok() || smaller.error().code != ErrorCode::kUnsupported) return smaller;
  return ChooseSecureParams(cells, plan, counts, 5);
}

}  // namespace voizk
