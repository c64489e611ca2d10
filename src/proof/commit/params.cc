#include "proof/commit/params.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

namespace voizk {
namespace {

constexpr int kLogInverseRate = 2;

Error Invalid(std::string what) {
  return {ErrorCode::kInvalidArgument, "commitment parameters: " + std::move(what)};
}

// The widest word of each test: rows, low degree and linear test (k_P < k_1), quadratic test.
uint32_t WeakestDimension(const CommitParams& p) {
  return std::max({p.dimension(), p.linear_dimension(), p.quadratic_dimension()});
}

// The least t that gives every test query_bits; the dimensions grow with t.
bool SetQueries(double query_bits, CommitParams* p) {
  for (p->queries = 1; p->queries <= CommitParams::kMaxQueries; ++p->queries) {
    if (QueryBits(WeakestDimension(*p), *p) >= query_bits) return true;
  }
  return false;
}

}  // namespace

double QueryBits(uint32_t dimension, const CommitParams& params) {
  const double rate = static_cast<double>(dimension) / params.length();
  return -std::log2((1 + rate) / 2) * params.queries;
}

Result<CommitParams> ChooseParams(uint64_t cells, const PadPlan& plan, int degree,
                                  double query_bits) {
  if (cells == 0 || cells > uint64_t{1} << CommitParams::kMaxCellsBits) {
    return Invalid("cells must be between 1 and 2^34");
  }
  if (plan.triples.size() > CommitParams::kMaxTriples) return Invalid("too many triples");
  if (plan.pads < PadPlan::kOpeningPads || plan.pads > CommitParams::kMaxPads) {
    return Invalid("pads");
  }
  if (degree != 4 && degree != 5) return Invalid("the extension degree must be 4 or 5");
  CommitParams p;
  p.degree = degree;
  p.cells = cells;
  p.cells_bits = std::max(1, static_cast<int>(std::bit_width(cells - 1)));
  p.pads = plan.pads;
  p.triples = static_cast<uint32_t>(plan.triples.size());
  const int max_log_w = std::min(p.cells_bits, CommitParams::kMaxLogN - kLogInverseRate);
  bool found = false;
  CommitParams best;
  for (p.log_w = 1; p.log_w <= max_log_w; ++p.log_w) {
    p.log_n = std::max(CommitParams::kMinLogN, p.log_w + kLogInverseRate);
    const uint64_t rows = (cells + p.message() - 1) >> p.log_w;
    if (rows > uint64_t{1} << 24) continue;
    p.rows = static_cast<uint32_t>(rows);
    if (!SetQueries(query_bits, &p) || !CheckParams(p).ok()) continue;
    if (!found || EstimateProofBytes(p) < EstimateProofBytes(best)) best = p;
    found = true;
  }
  if (!found) {
    return {ErrorCode::kUnsupported,
            "commitment parameters: no code reaches " + std::to_string(query_bits) + " bits"};
  }
  return best;
}

Status CheckParams(const CommitParams& p) {
  if (p.degree != 4 && p.degree != 5) return Invalid("the extension degree must be 4 or 5");
  if (p.queries == 0 || p.queries > CommitParams::kMaxQueries) return Invalid("query count");
  if (p.pads < PadPlan::kOpeningPads || p.pads > CommitParams::kMaxPads) return Invalid("pads");
  if (p.triples > CommitParams::kMaxTriples) return Invalid("triples");
  if (p.log_w < 1 || p.log_w > 30 || p.log_n < 1 || p.log_n > CommitParams::kMaxLogN) {
    return Invalid("row or code length out of range");
  }
  if (p.log_n < p.log_w + kLogInverseRate) {
    return Invalid("the rate of the rows is above 1/4");
  }
  if (2 * p.quadratic_dimension() > p.length()) {
    return Invalid("the quadratic test's rate is above 1/2, where it proves next to nothing");
  }
  if (p.log_n < CommitParams::kMinLogN) return Invalid("the code is shorter than 2^12");
  if (2 * p.dimension() > p.length()) return Invalid("randomisers push the rate above 1/2");
  if (p.cells_bits < 1 || p.cells_bits > CommitParams::kMaxCellsBits || p.cells == 0 ||
      p.cells > uint64_t{1} << p.cells_bits || p.log_w > p.cells_bits) {
    return Invalid("cells and their address bits disagree");
  }
  if (p.rows != (p.cells + p.message() - 1) >> p.log_w) return Invalid("row count");
  return {};
}

double EstimateProofBytes(const CommitParams& p) {
  const double t = p.queries;
  const double elements = p.pads + static_cast<double>(p.dimension()) + p.pad_dimension() +
                          p.linear_dimension() + p.quotient_size();
  const double siblings = t * std::max(1.0, p.log_n - std::log2(t));
  return elements * static_cast<double>(p.element_bytes()) +
         t * static_cast<double>(p.column_bytes()) + 32 * (1 + siblings);
}

void AbsorbParams(const CommitParams& p, Transcript* transcript) {
  ByteWriter bytes;
  bytes.U32(static_cast<uint32_t>(p.degree));
  bytes.U32(static_cast<uint32_t>(p.log_w));
  bytes.U32(static_cast<uint32_t>(p.log_n));
  bytes.U32(p.queries);
  bytes.U64(p.cells);
  bytes.U32(static_cast<uint32_t>(p.cells_bits));
  bytes.U32(p.rows);
  bytes.U32(CommitParams::kPadWidth);
  bytes.U32(p.pads);
  bytes.U32(p.triples);
  transcript->Absorb("commit params", bytes.bytes());
}

}  // namespace voizk
