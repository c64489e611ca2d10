#include "proof/functionals/convolution.h"

#include <algorithm>
#include <utility>

#include "algebra/field/kernels.h"
#include "base/check.h"
#include "proof/functionals/kernels.h"

namespace voizk {

namespace {

int64_t CeilDiv(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

// v mod p of an exact sum of integers times raw representatives is the raw representative of the
// sum.
Fp FromRawSum(int64_t v) {
  constexpr auto kP = static_cast<int64_t>(Fp::kModulus);
  const int64_t r = v % kP;
  return Fp::FromRaw(static_cast<uint32_t>(r < 0 ? r + kP : r));
}

}  // namespace

template <int D>
std::pair<int64_t, int64_t> TransposedConvolution<D>::Axis::OutputsReading(int64_t begin,
                                                                           int64_t end,
                                                                           int64_t k) const {
  const int64_t first = CeilDiv(begin + pad - dilation * k, stride);
  const int64_t last = CeilDiv(end + pad - dilation * k, stride);
  return {std::max<int64_t>(first, 0), std::min(last, out)};
}

template <int D>
Ext<D> TransposedConvolution<D>::Axis::Correlate(ExtConstSpan<D> z, int64_t k) const {
  const auto [first, last] = OutputsReading(0, in, k);
  if (first >= last) return {};
  const auto begin = static_cast<size_t>(first), count = static_cast<size_t>(last - first);
  const auto input = static_cast<size_t>(InputOf(first, k));
  if (stride == 1) {
    return voizk::InnerProduct<D>(u.subspan(begin, count), z.subspan(input, count));
  }
  Ext<D> sum;
  for (size_t s = 0; s < count; ++s) {
    sum += u.get(begin + s) * z.get(input + s * static_cast<size_t>(stride));
  }
  return sum;
}

template <int D>
TransposedConvolution<D>::TransposedConvolution(const Conv& conv, const Weights& weights,
                                                const Shape& in, const Shape& out,
                                                const RankOne<D>& w, ThreadPool& pool)
    : flat_(conv.spatial == 1), scalar_(w.scalar) {
  const size_t channel_dim = flat_ ? 1 : 2;
  auto axis = [&](size_t d) {
    Axis a;
    a.in = in.dims[d];
    a.out = out.dims[d];
    a.kernel = weights.shape.dims[d + 1];
    a.stride = conv.stride[d];
    a.dilation = conv.dilation[d];
    a.pad = conv.pad[d];
    a.u = w.factors[d].Clone();
    return a;
  };
  height_ = axis(0);
  if (flat_) {
    width_.u = UnitFactor<D>();
  } else {
    width_ = axis(1);
  }
  channels_ = in.dims[channel_dim];
  row_addresses_ = size_t{1} << in.InnerBits();
  channel_stride_ = flat_ ? row_addresses_ : size_t{1} << in.DimBits(2);
  for (auto d = static_cast<size_t>(out.rank); d < Shape::kMaxRank; ++d)
    scalar_ *= w.factors[d].get(0);
  SumOverOutputs(weights, w.factors[channel_dim], conv.groups, pool);
}

template <int D>
void TransposedConvolution<D>::SumOverOutputs(const Weights& weights, const ExtVec<D>& u,
                                              uint32_t groups, ThreadPool& pool) {
  const auto taps = static_cast<size_t>(height_.kernel * width_.kernel);
  const size_t group_in = channels_ / groups, group_out = u.size() / groups;
  const size_t filter = taps * group_in;  // weights per output channel
  CheckInvariant(weights.values.size() == u.size() * filter,
                 "weights of another shape than the convolution");
  const auto [least, greatest] = RangeOf(weights);
  const int64_t largest = std::max({int64_t{1}, -int64_t{least}, int64_t{greatest}});
  // |w| raw < 2^31 largest: this many terms stay within int64.
  const auto chunk = static_cast<size_t>(std::max<int64_t>(1, ((int64_t{1} << 32) - 1) / largest));
  g_ = ExtVec<D>(taps * channels_);
  std::vector<uint32_t> raw(u.size() * D);
  for (size_t o = 0; o < u.size(); ++o) {
    for (size_t l = 0; l < D; ++l) raw[o * D + l] = u.limb(static_cast<int>(l))[o].raw();
  }
  // One limb at most of 64 outputs lies in the nearest cache while the columns pass by.
  constexpr size_t kBlock = 64, kGrain = 512;
  for (size_t group = 0; group < groups; ++group) {
    // Columns [from, to) of the group's weights: (tap, channel of the group) in row-major order.
    pool.ParallelFor(filter, kGrain, [&](size_t from, size_t to) {
      std::vector<int64_t> sums(D * (to - from));
      std::array<int64_t*, D> rows;
      for (size_t l = 0; l < D; ++l) rows[l] = sums.data() + l * (to - from);
      for (size_t begin = 0; begin < group_out; begin += chunk) {
        const size_t end = std::min(begin + chunk, group_out);
        std::fill(sums.begin(), sums.end(), 0);
        for (size_t o = begin; o < end; o += kBlock) {
          const size_t first = group * group_out + o;
          AccumulateWeights<D>(weights.values.data() + first * filter + from, filter,
                               std::min(kBlock, end - o), to - from, &raw[first * D], rows.data());
        }
        for (int l = 0; l < D; ++l) {
          const int64_t* sum = rows[static_cast<size_t>(l)];
          for (size_t i = from; i < to; ++i) {
            g_.limb(l)[i / group_in * channels_ + group * group_in + i % group_in] +=
                FromRawSum(sum[i - from]);
          }
        }
      }
    });
  }
}

template <int D>
Ext<D> TransposedConvolution<D>::InnerProduct(const RankOne<D>& z) const {
  const ExtConstSpan<D> channels = z.factors[flat_ ? 1 : 2].span();
  std::vector<Ext<D>> at_kw(static_cast<size_t>(width_.kernel), Ext<D>::kOne);
  for (size_t kw = 0; kw < at_kw.size() && !flat_; ++kw) {
    at_kw[kw] = width_.Correlate(z.factors[1].span(), static_cast<int64_t>(kw));
  }
  Ext<D> sum;
  for (int64_t kh = 0; kh < height_.kernel; ++kh) {
    const Ext<D> at_kh = height_.Correlate(z.factors[0].span(), kh);
    if (at_kh.IsZero()) continue;
    for (int64_t kw = 0; kw < width_.kernel; ++kw) {
      const auto g =
          g_.subspan(static_cast<size_t>(kh * width_.kernel + kw) * channels_, channels_);
      sum += at_kh * at_kw[static_cast<size_t>(kw)] * voizk::InnerProduct<D>(g, channels);
    }
  }
  Ext<D> rest = scalar_ * z.scalar;
  for (size_t d = flat_ ? 2 : 3; d < Shape::kMaxRank; ++d) rest *= z.factors[d].get(0);
  return sum * rest;
}

template class TransposedConvolution<4>;
template class TransposedConvolution<5>;

}  // namespace voizk
