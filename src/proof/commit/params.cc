#include "proof/commit/params.h"

#include <algorithm>
#include <bit>
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

// About the mean number of siblings that t leaves of 2^log_n have in a multiproof.
uint64_t SiblingsNear(uint32_t t, int log_n) {
  const int levels = log_n - (static_cast<int>(std::bit_width(t)) - 1);  // where paths are apart
  return uint64_t{t} * static_cast<uint64_t>(std::max(1, levels));
}

// The most queries that CheckParams allows this code, 0 if none.
uint32_t MostQueries(const CommitParams& p) {
  const int64_t half = p.length() / 2;
  const int64_t rows = half - p.message();                             // 2 k <= n
  const int64_t quadratic = (half + 1) / 2 - CommitParams::kPadWidth;  // 2 k_2 <= n
  return static_cast<uint32_t>(
      std::clamp<int64_t>(std::min(rows, quadratic), 0, CommitParams::kMaxQueries));
}

// The least t that is accepted; errors fall with t as far as CheckParams allows it.
bool SetQueries(const std::function<bool(const CommitParams&)>& accepts, CommitParams* p) {
  uint32_t refused = 0, accepted = MostQueries(*p);
  p->queries = accepted;
  if (accepted == 0 || !accepts(*p)) return false;
  while (accepted - refused > 1) {
    p->queries = (refused + accepted) / 2;
    (accepts(*p) ? accepted : refused) = p->queries;
  }
  p->queries = accepted;
  return true;
}

}  // namespace

UpperBound QueryError(uint32_t dimension, const CommitParams& params) {
  // (n + dimension) / 2n, between 1/2 and 1, with 64 bits behind the point.
  const uint64_t mantissa = (uint64_t{params.length()} + dimension) << (63 - params.log_n);
  return UpperBound(mantissa, -64).Power(params.queries);
}

UpperBound ResponseQueryError(const CommitParams& params) {
  static_assert(CommitParams::kResponseLogInverseRate == 3);
  return UpperBound(uint64_t{9} << 60, -64).Power(params.response_queries);
}

Result<CommitParams> ChooseParams(uint64_t cells, const PadPlan& plan, int degree, int query_bits) {
  return ChooseParams(cells, plan, degree, query_bits, [query_bits](const CommitParams& p) {
    return QueryError(WeakestDimension(p), p).IsAtMostTwoTo(-query_bits);
  });
}

Result<CommitParams> ChooseParams(uint64_t cells, const PadPlan& plan, int degree, int bits,
                                  const std::function<bool(const CommitParams&)>& accepts) {
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
  constexpr int kSpareBits = 4;
  for (p.response_queries = 1; p.response_queries <= CommitParams::kMaxQueries &&
                               !ResponseQueryError(p).IsAtMostTwoTo(-(bits + kSpareBits));) {
    ++p.response_queries;
  }
  const int max_log_w = std::min(p.cells_bits, CommitParams::kMaxLogN - kLogInverseRate);
  bool found = false;
  CommitParams best;
  for (p.log_w = 1; p.log_w <= max_log_w; ++p.log_w) {
    p.log_n = std::max(CommitParams::kMinLogN, p.log_w + kLogInverseRate);
    p.response_log_w = CommitParams::ResponseLogW(p.log_w);
    const uint64_t rows = (cells + p.message() - 1) >> p.log_w;
    if (rows > CommitParams::kMaxRows) continue;
    p.rows = static_cast<uint32_t>(rows);
    if (!SetQueries(accepts, &p) || !CheckParams(p).ok()) continue;
    if (!found || CostOf(p) < CostOf(best)) best = p;
    found = true;
  }
  if (!found) {
    return {ErrorCode::kUnsupported, "commitment parameters: no code is strong enough"};
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
  if (p.rows != (p.cells + p.message() - 1) >> p.log_w || p.rows > CommitParams::kMaxRows) {
    return Invalid("row count");
  }
  if (p.work_bits != 0 && p.work_bits != CommitParams::kWorkBits) return Invalid("work");
  if (p.response_log_w != CommitParams::ResponseLogW(p.log_w)) return Invalid("response width");
  if (p.response_queries == 0 || p.response_queries > CommitParams::kMaxQueries) {
    return Invalid("response query count");
  }
  return {};
}

uint64_t EstimateProofBytes(const CommitParams& p) {
  const uint64_t elements =
      uint64_t{p.pads} + 2 + 2 * static_cast<uint64_t>(p.response_rounds()) + p.response_width();
  const uint64_t digests =
      2 + SiblingsNear(p.queries, p.log_n) + SiblingsNear(p.response_queries, p.response_log_n());
  return elements * p.element_bytes() + p.queries * p.column_bytes() +
         p.response_queries * p.response_column_bytes() + 32 * digests;
}

uint64_t CostOf(const CommitParams& p) {
  return EstimateProofBytes(p) + p.length() / 8 + p.response_length() / 8;
}

void AbsorbParams(const CommitParams& p, Transcript* transcript) {
  ByteWriter bytes;
  bytes.U32(static_cast<uint32_t>(p.degree));
  bytes.U32(static_cast<uint32_t>(p.log_w));
  bytes.U32(static_cast<uint32_t>(p.log_n));
  bytes.U32(p.queries);
  bytes.U32(static_cast<uint32_t>(p.response_log_w));
  bytes.U32(p.response_queries);
  bytes.U64(p.cells);
  bytes.U32(static_cast<uint32_t>(p.cells_bits));
  bytes.U32(p.rows);
  bytes.U32(CommitParams::kPadWidth);
  bytes.U32(p.pads);
  bytes.U32(p.triples);
  bytes.U32(static_cast<uint32_t>(p.work_bits));
  transcript->Absorb("commit params", bytes.bytes());
}

bool AbsorbWork(const CommitParams& p, uint64_t number, Transcript* transcript) {
  transcript->AbsorbU64("lookup work", number);
  static_assert(CommitParams::kWorkBits <= 8, "one byte");
  return (transcript->state()[0] & ((1u << p.work_bits) - 1)) == 0;
}

}  // namespace voizk
