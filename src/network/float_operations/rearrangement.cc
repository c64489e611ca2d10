// The same values elsewhere: Concat, Split, Slice, Transpose, Expand, Tile.
#include <algorithm>
#include <numeric>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using float_op::CopyStrided;
using float_op::DimsProduct;
using float_op::StridesOf;

// A tensor of `dims` that reads x at an offset and strides.
Result<FloatTensor> View(const OpContext& c, const FloatTensor& x, const Dims& dims, int64_t offset,
                         const std::vector<int64_t>& strides) {
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), dims));
  if (y.size() == 0) return y;
  if (x.is_float()) CopyStrided(x.floats().data(), offset, strides, dims, y.floats().data());
  if (x.is_int()) CopyStrided(x.ints().data(), offset, strides, dims, y.ints().data());
  if (x.is_bool()) CopyStrided(x.bools().data(), offset, strides, dims, y.bools().data());
  return y;
}

template <typename T>
void CopyPart(const std::vector<T>& from, int64_t outer, int64_t run, int64_t begin, int64_t whole,
              std::vector<T>& to) {
  for (int64_t o = 0; o < outer; ++o) {
    std::copy_n(from.begin() + o * run, run, to.begin() + o * whole + begin);
  }
}

Result<FloatTensor> Concat(OpContext& c) {
  const FloatTensor& first = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, first.rank()));
  Dims dims = first.dims();
  dims[axis] = 0;
  for (size_t i = 0; i < c.input_count(); ++i) {
    const FloatTensor& x = c.In(i);
    Dims own = x.dims();
    bool fits = x.type() == first.type() && x.rank() == first.rank();
    if (fits) {
      own[axis] = dims[axis];
      fits = own == dims && x.dims()[axis] <= kMaxFloatElements;
    }
    if (!fits) return c.Malformed("input " + std::to_string(i) + " does not fit the first");
    dims[axis] += x.dims()[axis];
  }
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(first.type(), dims));
  if (y.size() == 0) return y;
  const int64_t outer = DimsProduct(dims, 0, axis);
  const int64_t whole = DimsProduct(dims, axis, dims.size());
  int64_t begin = 0;
  for (size_t i = 0; i < c.input_count(); ++i) {
    const FloatTensor& x = c.In(i);
    const int64_t run = DimsProduct(x.dims(), axis, dims.size());
    if (x.is_float()) CopyPart(x.floats(), outer, run, begin, whole, y.floats());
    if (x.is_int()) CopyPart(x.ints(), outer, run, begin, whole, y.ints());
    if (x.is_bool()) CopyPart(x.bools(), outer, run, begin, whole, y.bools());
    begin += run;
  }
  return y;
}

// Sizes of the parts: given (attribute, since opset 13 input), or equal ones, the last smaller.
Result<Dims> PartSizes(const OpContext& c, int64_t whole) {
  VOIZK_ASSIGN_OR_RETURN(Dims sizes, c.IntsOfInputOr(1, "split", {}));
  if (sizes.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const int64_t parts,
                           c.Int("num_outputs", static_cast<int64_t>(c.node().outputs.size())));
    if (parts < 1 || parts > static_cast<int64_t>(c.node().outputs.size())) {
      return c.Malformed("num_outputs does not fit the outputs");
    }
    const int64_t size = (whole + parts - 1) / parts;
    for (int64_t begin = 0; begin < whole; begin += size) {
      sizes.push_back(std::min(size, whole - begin));
    }
    while (static_cast<int64_t>(sizes.size()) < parts) sizes.push_back(0);
  }
  int64_t sum = 0;
  for (const int64_t size : sizes) {
    if (size < 0 || size > whole - sum) return c.Malformed("the parts do not make up the axis");
    sum += size;
  }
  if (sum != whole) return c.Malformed("the parts do not make up the axis");
  return sizes;
}

Result<FloatValues> Split(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", 0));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  VOIZK_ASSIGN_OR_RETURN(const Dims sizes, PartSizes(c, x.dims()[axis]));
  if (sizes.size() != c.node().outputs.size()) {
    return c.Malformed("there are not as many parts as outputs");
  }
  const std::vector<int64_t> strides = StridesOf(x.dims());
  FloatValues out;
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    Dims dims = x.dims();
    dims[axis] = size;
    VOIZK_ASSIGN_OR_RETURN(FloatTensor part, View(c, x, dims, begin * strides[axis], strides));
    out.push_back(ValueOf(std::move(part)));
    begin += size;
  }
  return out;
}

// Slice's ranges of one axis.
struct Range {
  int64_t start, count, step;
};

// Negative numbers count from the end; what lies outside is clamped, as numpy does.
Range ClampRange(int64_t dim, int64_t start, int64_t end, int64_t step) {
  if (dim == 0) return {0, 0, 1};
  const int64_t lo = step > 0 ? 0 : -1;
  const auto place = [&](int64_t v) {
    if (v < 0) v = v < -dim ? -1 : v + dim;
    return std::clamp(v, lo, lo + dim);
  };
  start = std::clamp<int64_t>(place(start), 0, step > 0 ? dim : dim - 1);
  end = place(end);
  const int64_t length = step > 0 ? end - start : start - end;
  if (length <= 0) return {0, 0, 1};
  const int64_t width = step > 0 ? step : step == INT64_MIN ? INT64_MAX : -step;
  const int64_t count = (length - 1) / width + 1;
  return {start, count, count == 1 ? 1 : step};  // one value has no step that could overflow
}

Result<FloatTensor> Slice(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const Dims starts, c.IntsOfInputOr(1, "starts", {}));
  VOIZK_ASSIGN_OR_RETURN(const Dims ends, c.IntsOfInputOr(2, "ends", {}));
  Dims all(starts.size());
  std::iota(all.begin(), all.end(), 0);
  VOIZK_ASSIGN_OR_RETURN(const Dims axes, c.IntsOfInputOr(3, "axes", all));
  VOIZK_ASSIGN_OR_RETURN(const Dims steps, c.IntsOfInputOr(4, "steps", Dims(starts.size(), 1)));
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size()) {
    return c.Malformed("starts, ends, axes and steps are of different lengths");
  }
  VOIZK_RETURN_IF_ERROR(c.Axes(axes, x.rank()).status());
  std::vector<int64_t> strides = StridesOf(x.dims());
  Dims dims = x.dims();
  int64_t offset = 0;
  for (size_t i = 0; i < axes.size(); ++i) {
    VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(axes[i], x.rank()));
    if (steps[i] == 0) return c.Malformed("a step of 0");
    const Range range = ClampRange(dims[axis], starts[i], ends[i], steps[i]);
    offset += range.start * strides[axis];
    dims[axis] = range.count;
    strides[axis] *= range.step;
  }
  return View(c, x, dims, offset, strides);
}

Result<FloatTensor> Transpose(OpContext& c) {
  const FloatTensor& x = c.In(0);
  Dims reversed(x.rank());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  VOIZK_ASSIGN_OR_RETURN(const Dims perm, c.Ints("perm", reversed));
  VOIZK_ASSIGN_OR_RETURN(const std::vector<size_t> sorted, c.Axes(perm, x.rank()));
  if (sorted.size() != x.rank()) return c.Malformed("perm does not name every axis");
  const std::vector<int64_t> own = StridesOf(x.dims());
  Dims dims;
  std::vector<int64_t> strides;
  for (const int64_t p : perm) {
    VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(p, x.rank()));
    dims.push_back(x.dims()[axis]);
    strides.push_back(own[axis]);
  }
  return View(c, x, dims, 0, strides);
}

Result<FloatTensor> Expand(OpContext& c) {
  const FloatTensor& x = c.In(0);
  const auto dims = float_op::BroadcastDims(x.dims(), c.In(1).ints());
  if (!dims) return c.Malformed(ToString(x.dims()) + " does not broadcast to the shape");
  return View(c, x, *dims, 0, float_op::BroadcastStrides(x.dims(), *dims));
}

// Each dim as (repeats, dim) of strides (0, stride).
Result<FloatTensor> Tile(OpContext& c) {
  const FloatTensor& x = c.In(0);
  const Dims& repeats = c.In(1).ints();
  if (repeats.size() != x.rank()) return c.Malformed("not as many repeats as dims");
  const std::vector<int64_t> own = StridesOf(x.dims());
  Dims dims, walked;
  std::vector<int64_t> strides;
  for (size_t d = 0; d < x.rank(); ++d) {
    if (repeats[d] < 0 || repeats[d] > kMaxFloatElements) return c.Malformed("a repeat is off");
    dims.push_back(repeats[d] * x.dims()[d]);
    walked.insert(walked.end(), {repeats[d], x.dims()[d]});
    strides.insert(strides.end(), {0, own[d]});
  }
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), dims));
  if (y.size() == 0) return y;
  if (x.is_float()) CopyStrided(x.floats().data(), 0, strides, walked, y.floats().data());
  if (x.is_int()) CopyStrided(x.ints().data(), 0, strides, walked, y.ints().data());
  if (x.is_bool()) CopyStrided(x.bools().data(), 0, strides, walked, y.bools().data());
  return y;
}

constexpr FloatOperation kRearrangementOperations[] = {
    {"Concat", "a+", FloatOperation::kMayBeEmpty, One<Concat>},
    {"Split", "a|i", FloatOperation::kMayBeEmpty, Split},
    {"Slice", "a|iiii", FloatOperation::kMayBeEmpty, One<Slice>},
    {"Transpose", "a", FloatOperation::kMayBeEmpty, One<Transpose>},
    {"Expand", "ai", FloatOperation::kMayBeEmpty, One<Expand>},
    {"Tile", "ai", FloatOperation::kMayBeEmpty, One<Tile>},
};

}  // namespace

std::span<const FloatOperation> RearrangementOperations() { return kRearrangementOperations; }

}  // namespace voizk
