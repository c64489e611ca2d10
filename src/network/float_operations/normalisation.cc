// Batch-, Layer-, Instance-, Group-, RMS- and LpNormalization.  Sums of squares are in double.
#include <algorithm>
#include <cmath>

#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using float_op::DimsProduct;

struct Moments {
  double mean, inverse_deviation;
};

Moments MomentsOf(const float* x, int64_t n, double epsilon) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
  const double mean = sum / static_cast<double>(n);
  double squares = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(x[i]) - mean;
    squares += d * d;
  }
  return {mean, 1.0 / std::sqrt(squares / static_cast<double>(n) + epsilon)};
}

void Normalise(const float* x, int64_t n, Moments m, float* y) {
  for (int64_t i = 0; i < n; ++i) {
    y[i] = static_cast<float>((static_cast<double>(x[i]) - m.mean) * m.inverse_deviation);
  }
}

// A vector with an entry per channel.
Status CheckPerChannel(const OpContext& c, std::initializer_list<size_t> inputs, int64_t channels) {
  for (const size_t i : inputs) {
    if (c.In(i).dims() != Dims{channels}) {
      return c.Malformed("input " + std::to_string(i) + " is not a vector of " +
                         std::to_string(channels) + " values");
    }
  }
  return {};
}

Result<FloatTensor> BatchNormalization(OpContext& c) {
  const FloatTensor& x = c.In(0);
  if (x.rank() < 2) return c.Malformed("the input has no channels");
  VOIZK_RETURN_IF_ERROR(CheckPerChannel(c, {1, 2, 3, 4}, x.dims()[1]));
  VOIZK_ASSIGN_OR_RETURN(const float epsilon, c.Real("epsilon", 1e-5f));
  VOIZK_ASSIGN_OR_RETURN(const int64_t training, c.Int("training_mode", 0));
  if (training != 0) return c.Unsupported("training_mode: export the network in evaluation mode");
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  const auto inner = static_cast<size_t>(DimsProduct(x.dims(), 2, x.rank()));
  const auto channels = static_cast<size_t>(x.dims()[1]);
  for (size_t k = 0; k < x.size() / inner; ++k) {
    const size_t ch = k % channels;
    const float scale = c.In(1).floats()[ch] / std::sqrt(c.In(4).floats()[ch] + epsilon);
    const float shift = c.In(2).floats()[ch] - c.In(3).floats()[ch] * scale;
    for (size_t i = k * inner; i < (k + 1) * inner; ++i) {
      y.floats()[i] = x.floats()[i] * scale + shift;
    }
  }
  return y;
}

// y = y * scale + shift with tensors that broadcast to y.
Status ScaleAndShift(const OpContext& c, const FloatTensor& scale, const FloatTensor* shift,
                     FloatTensor& y) {
  for (const FloatTensor* t : {&scale, shift}) {
    if (!t) continue;
    const auto dims = float_op::BroadcastDims(t->dims(), y.dims());
    if (!dims || *dims != y.dims()) return c.Malformed("scale or bias do not broadcast");
    const std::array<std::vector<int64_t>, 1> strides{
        float_op::BroadcastStrides(t->dims(), y.dims())};
    float* out = y.floats().data();
    float_op::ForEachRow<1>(y.dims(), strides, [&](const std::array<int64_t, 1>& at, int64_t n) {
      const float* v = t->floats().data() + at[0];
      const int64_t step = float_op::RowStride(strides[0]);
      for (int64_t i = 0; i < n; ++i, ++out) {
        *out = t == &scale ? *out * v[i * step] : *out + v[i * step];
      }
    });
  }
  return {};
}

// Over all dims from `axis` on; RMS leaves the mean where it is.
template <bool rms>
Result<FloatTensor> LayerNormalization(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", -1));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  VOIZK_ASSIGN_OR_RETURN(const float epsilon, c.Real("epsilon", 1e-5f));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  const int64_t n = DimsProduct(x.dims(), axis, x.rank());
  for (int64_t k = 0; k < DimsProduct(x.dims(), 0, axis); ++k) {
    const float* in = x.floats().data() + k * n;
    Moments m{0, 0};
    if (rms) {
      double squares = 0;
      for (int64_t i = 0; i < n; ++i)
        squares += static_cast<double>(in[i]) * static_cast<double>(in[i]);
      m.inverse_deviation =
          1.0 / std::sqrt(squares / static_cast<double>(n) + static_cast<double>(epsilon));
    } else {
      m = MomentsOf(in, n, static_cast<double>(epsilon));
    }
    Normalise(in, n, m, y.floats().data() + k * n);
  }
  VOIZK_RETURN_IF_ERROR(ScaleAndShift(c, c.In(1), rms ? nullptr : c.Optional(2), y));
  return y;
}

// Groups of channels are normalised together; scale and bias are per channel or per group.
Result<FloatTensor> Grouped(OpContext& c, int64_t groups) {
  const FloatTensor& x = c.In(0);
  const int64_t channels = x.rank() < 2 ? 0 : x.dims()[1];
  if (groups < 1 || channels % groups != 0 || channels == 0) {
    return c.Malformed("the channels do not make " + std::to_string(groups) + " groups");
  }
  const auto factors = static_cast<int64_t>(c.In(1).size());
  VOIZK_RETURN_IF_ERROR(CheckPerChannel(c, {1, 2}, factors == groups ? groups : channels));
  VOIZK_ASSIGN_OR_RETURN(const float epsilon, c.Real("epsilon", 1e-5f));
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  const int64_t inner = DimsProduct(x.dims(), 2, x.rank());
  const int64_t n = channels / groups * inner;
  for (int64_t k = 0; k < x.dims()[0] * groups; ++k) {
    float* out = y.floats().data() + k * n;
    const float* in = x.floats().data() + k * n;
    Normalise(in, n, MomentsOf(in, n, static_cast<double>(epsilon)), out);
    for (int64_t i = 0; i < n; ++i) {
      const int64_t channel = k % groups * (channels / groups) + i / inner;
      const auto f = static_cast<size_t>(factors == groups ? k % groups : channel);
      out[i] = out[i] * c.In(1).floats()[f] + c.In(2).floats()[f];
    }
  }
  return y;
}

Result<FloatTensor> InstanceNormalization(OpContext& c) {
  return Grouped(c, c.In(0).rank() < 2 ? 0 : c.In(0).dims()[1]);
}

Result<FloatTensor> GroupNormalization(OpContext& c) {
  VOIZK_ASSIGN_OR_RETURN(const int64_t groups, c.Int("num_groups", 0));
  return Grouped(c, groups);
}

// The mean of all values and sqrt(their variance + epsilon): what specialising leaves of an
// InstanceNormalization of one channel.
Result<FloatValues> RowMoments(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const float epsilon, c.Real("epsilon", 1e-5f));
  const Moments m =
      MomentsOf(x.floats().data(), static_cast<int64_t>(x.size()), static_cast<double>(epsilon));
  FloatValues out;
  for (const double v : {m.mean, 1 / m.inverse_deviation}) {
    VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, Dims(x.rank(), 1)));
    y.floats()[0] = static_cast<float>(v);
    out.push_back(ValueOf(std::move(y)));
  }
  return out;
}

Result<FloatTensor> LpNormalization(OpContext& c) {
  const FloatTensor& x = c.In(0);
  VOIZK_ASSIGN_OR_RETURN(const int64_t asked, c.Int("axis", -1));
  VOIZK_ASSIGN_OR_RETURN(const int64_t p, c.Int("p", 2));
  VOIZK_ASSIGN_OR_RETURN(const size_t axis, c.Axis(asked, x.rank()));
  if (p != 1 && p != 2) return c.Malformed("p is neither 1 nor 2");
  VOIZK_ASSIGN_OR_RETURN(FloatTensor y, c.New(FloatType::kFloat, x.dims()));
  const int64_t n = x.dims()[axis];
  const int64_t step = DimsProduct(x.dims(), axis + 1, x.rank());
  for (int64_t k = 0; k < static_cast<int64_t>(x.size()) / n; ++k) {
    const int64_t at = k / step * n * step + k % step;
    const float* in = x.floats().data() + at;
    double norm = 0;
    for (int64_t i = 0; i < n; ++i) {
      const auto v = static_cast<double>(in[i * step]);
      norm += p == 1 ? std::fabs(v) : v * v;
    }
    if (p == 2) norm = std::sqrt(norm);
    for (int64_t i = 0; i < n; ++i) {
      y.floats()[static_cast<size_t>(at + i * step)] =
          norm == 0 ? 0.0f : static_cast<float>(static_cast<double>(in[i * step]) / norm);
    }
  }
  return y;
}

constexpr FloatOperation kNormalisationOperations[] = {
    {"BatchNormalization", "fffff", FloatOperation::kNoEmpty, One<BatchNormalization>},
    {"LayerNormalization", "ff|f", FloatOperation::kNoEmpty, One<LayerNormalization<false>>},
    {"RMSNormalization", "ff", FloatOperation::kNoEmpty, One<LayerNormalization<true>>},
    {"InstanceNormalization", "fff", FloatOperation::kNoEmpty, One<InstanceNormalization>},
    {"GroupNormalization", "fff", FloatOperation::kNoEmpty, One<GroupNormalization>},
    {"LpNormalization", "f", FloatOperation::kNoEmpty, One<LpNormalization>},
    {"RowMoments", "f", FloatOperation::kNoEmpty, RowMoments},
};

}  // namespace

std::span<const FloatOperation> NormalisationOperations() { return kNormalisationOperations; }

}  // namespace voizk
