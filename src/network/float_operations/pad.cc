// Pad: constant, reflect, edge; and Resize by nearest neighbour.
#include <algorithm>
#include <cmath>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

// For each dim and output index the input index, or -1 for the constant.
using Sources = std::vector<std::vector<int64_t>>;

template <typename T>
void FillFrom(const std::vector<T>& x, const Dims& from, const Sources& sources, T constant,
              std::vector<T>& y) {
  const std::vector<int64_t> strides = float_op::StridesOf(from);
  const size_t rank = from.size();
  std::vector<size_t> index(rank, 0);
  for (T& value : y) {
    int64_t at = 0;
    for (size_t d = 0; d < rank && at >= 0; ++d) {
      const int64_t source = sources[d][index[d]];
      at = source < 0 ? -1 : at + source * strides[d];
    }
    value = at < 0 ? constant : x[static_cast<size_t>(at)];
    for (size_t d = rank; d-- > 0;) {
      if (++index[d] < sources[d].size()) break;
      index[d] = 0;
    }
  }
}

Result<FloatTensor> Collect(const OpContext& c, const FloatTensor& x, const Sources& sources,
                            const FloatTensor& constant) {
  Dims dims;
  for (const auto& s : sources) dims.push_back(static_cast<int64_t>(s.size()));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(x.type(), dims));
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(static_cast<int64_t>(y.size()), 8));
  if (x.is_float()) FillFrom(x.floats(), x.dims(), sources, constant.floats()[0], y.floats());
  if (x.is_int()) FillFrom(x.ints(), x.dims(), sources, constant.ints()[0], y.ints());
  if (x.is_bool()) FillFrom(x.bools(), x.dims(), sources, constant.bools()[0], y.bools());
  return y;
}

enum class Mode { kConstant, kReflect, kEdge, kWrap };

int64_t SourceOf(int64_t i, int64_t n, Mode mode) {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case Mode::kReflect:
      return i < 0 ? -i : 2 * (n - 1) - i;
    case Mode::kEdge:
      return i < 0 ? 0 : n - 1;
    case Mode::kWrap:
      return ((i % n) + n) % n;
    case Mode::kConstant:
      break;
  }
  return -1;
}

Result<Mode> ReadMode(const OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const std::string mode, c.String("mode", "constant"));
  if (mode == "constant") return Mode::kConstant;
  if (mode == "reflect") return Mode::kReflect;
  if (mode == "edge") return Mode::kEdge;
  if (mode == "wrap") return Mode::kWrap;
  return c.Malformed("mode is " + mode);
}

Result<FloatTensor> PadConstant(const OpContext& c) {
  const FloatTensor& x = c.In(0);
  if (c.opset() < 11) {
    VOIZK_ASSIGN_OR_RETURN(const float value, c.Real("value", 0.0f));
    if (x.is_float()) return FloatTensor::Scalar(value);
  }
  const FloatTensor* given = c.Optional(2);
  if (given && given->size() == 1 && given->type() == x.type()) return *given;
  if (given && given->size() != 0) return c.Malformed("the constant does not fit the input");
  if (x.is_float()) return FloatTensor::Scalar(0.0f);
  if (x.is_int()) return FloatTensor::Scalar(int64_t{0});
  return FloatTensor({}, std::vector<uint8_t>{0});
}

// One dim; pads may be negative, which crops.
Result<std::vector<int64_t>> PadDim(const OpContext& c, int64_t n, int64_t begin, int64_t end,
                                    Mode mode) {
  for (const int64_t pad : {begin, end}) {
    if (pad < -kMaxFloatElements || pad > kMaxFloatElements) return c.Malformed("a pad is off");
  }
  const int64_t room = n + std::min<int64_t>(begin, 0) + std::min<int64_t>(end, 0);
  const bool reflects = begin < n && end < n;
  if (room < 0 || (mode == Mode::kReflect && !reflects) || (mode != Mode::kConstant && room == 0)) {
    return c.Malformed("pads of " + std::to_string(begin) + " and " + std::to_string(end) +
                       " do not fit a dim of " + std::to_string(n));
  }
  VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, {n + begin + end}).status());
  std::vector<int64_t> sources(static_cast<size_t>(n + begin + end));
  for (size_t o = 0; o < sources.size(); ++o) {
    sources[o] = SourceOf(static_cast<int64_t>(o) - begin, n, mode);
  }
  return sources;
}

Result<FloatTensor> Pad(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const Mode mode, ReadMode(c));
  VOIZK_ASSIGN_OR_RETURN(const FloatTensor constant, PadConstant(c));
  VOIZK_ASSIGN_OR_RETURN(const Dims pads, c.IntsOfInputOr(1, "pads", {}));
  std::vector<size_t> axes;
  for (size_t d = 0; d < x.rank(); ++d) axes.push_back(d);
  if (const FloatTensor* given = c.Optional(3)) {
    VOIZK_RETURN_IF_ERROR(c.Axes(given->ints(), x.rank()).status());
    axes.clear();
    for (const int64_t a : given->ints()) {
      VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(a, x.rank()));
      axes.push_back(axis);
    }
  }
  if (pads.size() != 2 * axes.size()) return c.Malformed("not two pads per dim");
  Dims before(x.rank(), 0);
  Dims after(x.rank(), 0);
  for (size_t k = 0; k < axes.size(); ++k) {
    before[axes[k]] = pads[k];
    after[axes[k]] = pads[axes.size() + k];
  }
  Sources sources;
  for (size_t d = 0; d < x.rank(); ++d) {
    VOIZK_ASSIGN_OR_RETURN(auto source, PadDim(c, x.dims()[d], before[d], after[d], mode));
    sources.push_back(std::move(source));
  }
  return Collect(c, x, sources, constant);
}

// ONNX's coordinate of output o in the input, before rounding.
Result<double> Coordinate(const OpContext& c, const std::string& mode, double o, double scale,
                          int64_t in, int64_t out) {
  if (mode == "asymmetric") return o / scale;
  if (mode == "half_pixel") return (o + 0.5) / scale - 0.5;
  if (mode == "pytorch_half_pixel") return out > 1 ? (o + 0.5) / scale - 0.5 : 0.0;
  if (mode == "align_corners") {
    return out > 1 ? o * static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0.0;
  }
  return c.Unsupported("coordinate_transformation_mode " + mode);
}

int64_t Nearest(const std::string& mode, double x) {
  if (mode == "floor") return static_cast<int64_t>(std::floor(x));
  if (mode == "ceil") return static_cast<int64_t>(std::ceil(x));
  if (mode == "round_prefer_ceil") return static_cast<int64_t>(std::floor(x + 0.5));
  return static_cast<int64_t>(std::ceil(x - 0.5));  // round_prefer_floor
}

// Output dim and scale of one axis; exactly one of scales and sizes is there.
Status ReadResize(const OpContext& c, size_t d, int64_t& out, double& scale) {
  const FloatTensor& x = c.In(0);
  const size_t place = c.opset() < 11 ? 1 : 2;
  const FloatTensor* scales = c.Optional(place);
  const FloatTensor* sizes = c.Optional(3);
  const auto in = static_cast<double>(x.dims()[d]);
  if (sizes && sizes->size() == x.rank()) {
    out = sizes->ints()[d];
    scale = static_cast<double>(out) / in;
  } else if (scales && scales->size() == x.rank()) {
    scale = static_cast<double>(scales->floats()[d]);
    if (!(scale > 0 && scale <= 0x1p20)) return c.Malformed("a scale is off");
    out = static_cast<int64_t>(std::floor(in * scale));
  } else {
    return c.Unsupported("scales or sizes do not name every dim");
  }
  return out > 0 && out <= kMaxFloatElements ? Status() : c.Malformed("a size is off");
}

Result<FloatTensor> Resize(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const std::string mode, c.String("mode", "nearest"));
  if (mode != "nearest") return c.Unsupported("mode " + mode);
  if (x.size() == 0) return c.Malformed("the input has no elements");
  const bool old = c.opset() < 11;
  VOIZK_ASSIGN_OR_RETURN(const std::string transform, c.String("coordinate_transformation_mode",
                                                               old ? "asymmetric" : "half_pixel"));
  VOIZK_ASSIGN_OR_RETURN(const std::string nearest,
                         c.String("nearest_mode", old ? "floor" : "round_prefer_floor"));
  Sources sources;
  for (size_t d = 0; d < x.rank(); ++d) {
    int64_t out = 0;
    double scale = 1;
    VOIZK_RETURN_IF_ERROR(ReadResize(c, d, out, scale));
    VOIZK_RETURN_IF_ERROR(c.New(FloatType::kInt64, {out}).status());
    sources.emplace_back();
    for (int64_t o = 0; o < out; ++o) {
      VOIZK_ASSIGN_OR_RETURN(const double at, Coordinate(c, transform, static_cast<double>(o),
                                                         scale, x.dims()[d], out));
      sources.back().push_back(std::clamp<int64_t>(Nearest(nearest, at), 0, x.dims()[d] - 1));
    }
  }
  return Collect(c, x, sources, x);
}

constexpr FloatOperation kPadOperations[] = {
    {"Pad", "a|iai", FloatOperation::kMayBeEmpty, One<Pad>},
    {"Resize", "a|ffi", FloatOperation::kMayBeEmpty, One<Resize>},
};

}  // namespace

std::span<const FloatOperation> PadOperations() { return kPadOperations; }

}  // namespace voizk
