#include "network/operations/softmax.h"

#include <algorithm>
#include <utility>

#include "network/operations/limits.h"
#include "network/operations/reading.h"
#include "network/operations/reduce.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/core/structure.h"
#include "relation/gadgets/range.h"
#include "relation/gadgets/table.h"

namespace voizk::op {

namespace {

constexpr int kMaxFractionBits = 12;
constexpr int32_t kMaxTotal = INT16_MAX - 1;  // the table goes on above it
constexpr int64_t kMaxRows = int64_t{1} << 16;

}  // namespace

Softmax Softmax::Read(AttributeReader& attributes, Kind result) {
  Attributes a;
  a.result = result;
  a.fraction_bits = static_cast<int>(attributes.Int("fraction_bits", 0, kMaxFractionBits));
  a.total = static_cast<int32_t>(attributes.Int("total", 1, kMaxTotal));
  a.first = static_cast<int32_t>(attributes.Int("first", INT16_MIN, INT16_MAX));
  a.table = attributes.Tensor("table", "int16", 1).values;
  return Softmax(std::move(a));
}

std::string_view Softmax::kind() const {
  switch (a_.result) {
    case Kind::kSoftmax:
      return "softmax";
    case Kind::kLogSoftmax:
      return "log_softmax";
    case Kind::kLogSumExp:
      return "logsumexp";
  }
  return {};
}

Result<Shape> Softmax::OutputShape(std::span<const Shape> inputs) const {
  if (a_.fraction_bits < 0 || a_.fraction_bits > kMaxFractionBits || a_.total < 1 ||
      a_.total > kMaxTotal || a_.first < INT16_MIN || a_.first > INT16_MAX ||
      a_.table.size() > static_cast<size_t>(kMaxRows)) {
    return {ErrorCode::kLimitExceeded, "softmax: fraction, total or table out of limits"};
  }
  if (a_.table.empty() || !std::is_sorted(a_.table.begin(), a_.table.end()) ||
      a_.table.front() != 0 || a_.table.back() <= a_.total || a_.table.back() > INT16_MAX) {
    return {ErrorCode::kInvalidArgument,
            "softmax: a table begins with 0, does not fall and ends above the total"};
  }
  Shape out = inputs[0];
  if (a_.result == Kind::kLogSumExp) out.dims[static_cast<size_t>(out.rank - 1)] = 1;
  return out;
}

int64_t Softmax::At(int64_t d) const {
  const auto last = static_cast<int64_t>(a_.table.size()) - 1;
  // Above the total it is enough to be above it.
  return std::min(a_.table[static_cast<size_t>(std::clamp<int64_t>(d - a_.first, 0, last))],
                  a_.total + 1);
}

int64_t Softmax::Greatest(int64_t count) const {
  const auto above = std::partition_point(a_.table.begin(), a_.table.end(),
                                          [&](int32_t value) { return count * value <= a_.total; });
  return a_.first + (above - a_.table.begin()) - 1;
}

Value Softmax::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  // The rows as they are, of a tensor or a view that is none.
  const View x = b.Checked(views::Scale(inputs[0].view, int32_t{1} << a_.fraction_bits), name);
  if (b.failed()) return inputs[0];
  const Interval range = b.Bound(x);
  const auto last = static_cast<size_t>(x.shape.rank - 1);
  const int64_t n = x.shape.dims[last];
  // sum T(x - z) <= total leaves no x - z above `top`, and z = max x - `low` leaves none above what
  // n values may be, so that z is at most that.
  const int64_t top = Greatest(1), low = Greatest(n);
  const int64_t first = range.lo - range.hi + low;
  if (!WithinHalf(range) || top + 1 - first >= kMaxRows) {
    b.Fail(ErrorCode::kUnsupported, name + ": softmax of more than 2^16 differences");
    return inputs[0];
  }
  std::vector<int32_t> keys, values;
  for (int64_t d = first; d <= top + 1; ++d) {
    keys.push_back(static_cast<int32_t>(d));
    values.push_back(static_cast<int32_t>(At(d)));
  }
  const TableId table = b.AddTable(name, std::move(keys), std::move(values));

  Shape row = x.shape;
  row.dims[last] = 1;
  const auto named = [&](Kind kind, const char* part) {
    return a_.result == kind ? name : name + part;
  };
  const TensorId z =
      b.AddTensor(named(Kind::kLogSumExp, " normaliser"), row, range.lo - top, range.hi - low);
  b.AddStep(steps::LeastShift(name + " normaliser", x, z, table, a_.total, first, top + 1));
  gadgets::Range(b, b.Identity(z), b.tensor(z).lo, b.tensor(z).hi);
  Value normaliser = ValueOf(b, z);
  const View shifted = views::Sub(x, BroadcastTo(b, name, normaliser, x.shape));
  Value y =
      ValueOf(b, gadgets::LookupValue(b, named(Kind::kSoftmax, " values"), shifted, 0, table));
  Value w =
      ValueOf(b, gadgets::LookupValue(b, name + " above", views::Offset(shifted, 1), 0, table));
  if (b.failed()) return inputs[0];
  std::vector<bool> among(last + 1, false);
  among[last] = true;
  // z fits, and z - 1 does not.
  gadgets::NonNegative(b, views::Offset(views::Scale(SumOver(b, name, y, among), -1), a_.total));
  gadgets::NonNegative(b, views::Offset(SumOver(b, name, w, among), -a_.total - 1));
  if (a_.result == Kind::kLogSumExp) return normaliser;
  return a_.result == Kind::kSoftmax ? y : ValueOf(shifted);
}

}  // namespace voizk::op
