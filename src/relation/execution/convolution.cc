#include "relation/execution/convolution.h"

#include <algorithm>
#include <type_traits>

#include "base/secure.h"

namespace voizk {

namespace {

// Multiplications that make a second thread worth waking.
constexpr size_t kParallelGrain = size_t{1} << 18;

bool Fits16(int64_t lo, int64_t hi) { return lo >= INT16_MIN && hi <= INT16_MAX; }

}  // namespace

Result<Convolution> Convolution::Make(const Conv& conv, const Tensor& input, const Weights& weights,
                                      const Shape& out) {
  Convolution c;
  c.weights_ = weights.values.data();
  c.weight_count_ = weights.values.size();
  c.weight_range_ = RangeOf(weights);
  VOIZK_RETURN_IF_ERROR(c.SetGeometry(conv, input.shape, weights.shape, out));
  c.SetOffsets(conv);
  c.ChooseKernel(input);
  return c;
}

Status Convolution::SetGeometry(const Conv& conv, const Shape& in, const Shape& weights,
                                const Shape& out) {
  const auto bad = [] {
    return Status(ErrorCode::kInvalidArgument, "convolution: shapes do not match");
  };
  const int spatial = conv.spatial;
  if ((spatial != 1 && spatial != 2) || in.rank > spatial + 1 || in.rank < spatial ||
      weights.rank != spatial + 2) {
    return bad();
  }
  in_height_ = spatial == 2 ? in.dims[0] : 1;
  in_width_ = in.dims[static_cast<size_t>(spatial - 1)];
  channels_ = in.rank == spatial + 1 ? in.dims[static_cast<size_t>(spatial)] : 1;
  kernel_height_ = spatial == 2 ? weights.dims[1] : 1;
  kernel_width_ = weights.dims[static_cast<size_t>(spatial)];
  group_channels_ = weights.dims[static_cast<size_t>(spatial + 1)];
  out_channels_ = weights.dims[0];
  out_height_ = spatial == 2 && out.rank == 3 ? out.dims[0] : 1;
  out_width_ = out.dims[static_cast<size_t>(out.rank == 3 ? 1 : 0)];
  groups_ = conv.groups;
  taps_ = kernel_height_ * kernel_width_ * group_channels_;
  if (groups_ == 0 || group_channels_ * groups_ != channels_ || out_channels_ % groups_ != 0 ||
      out.Cells() != out_height_ * out_width_ * out_channels_ ||
      weight_count_ != out_channels_ * taps_) {
    return bad();
  }
  const size_t x = spatial == 2 ? 1 : 0;  // index of the width's parameters
  const auto extent = [](uint64_t outputs, uint64_t stride, uint64_t kernel, uint64_t dilation) {
    return (outputs - 1) * stride + (kernel - 1) * dilation + 1;  // each product below 2^64
  };
  const uint64_t height =
      spatial == 2 ? extent(out_height_, conv.stride[0], kernel_height_, conv.dilation[0]) : 1;
  const uint64_t width = extent(out_width_, conv.stride[x], kernel_width_, conv.dilation[x]);
  if (height > kMaxPaddedInput || width > kMaxPaddedInput || channels_ > kMaxPaddedInput ||
      height * width > kMaxPaddedInput || height * width * channels_ > kMaxPaddedInput) {
    return Status(ErrorCode::kLimitExceeded, "convolution: padded input too large");
  }
  padded_height_ = height;
  padded_width_ = width;
  top_ = spatial == 2 ? -int64_t{conv.pad[0]} : 0;
  left_ = -int64_t{conv.pad[x]};
  return {};
}

// Where rows (output positions) and segments (contiguous taps) lie in the padded input
// [padded_height][padded_width][channels].
void Convolution::SetOffsets(const Conv& conv) {
  const size_t x = conv.spatial == 2 ? 1 : 0;
  rows_.reserve(out_height_ * out_width_);
  for (size_t h = 0; h < out_height_; ++h) {
    for (size_t w = 0; w < out_width_; ++w) {
      const size_t top = conv.spatial == 2 ? h * conv.stride[0] : 0;
      rows_.push_back((top * padded_width_ + w * conv.stride[x]) * channels_);
    }
  }
  // Taps along the width are contiguous when nothing is skipped; so are whole windows that span
  // the padded width.
  const bool merge_width = groups_ == 1 && (conv.dilation[x] == 1 || kernel_width_ == 1);
  const bool merge_height = merge_width && padded_width_ == kernel_width_ &&
                            (kernel_height_ == 1 || conv.dilation[0] == 1);
  segment_length_ = merge_height  ? taps_
                    : merge_width ? kernel_width_ * channels_
                                  : group_channels_;
  for (size_t h = 0; h < (merge_height ? 1 : kernel_height_); ++h) {
    for (size_t w = 0; w < (merge_width ? 1 : kernel_width_); ++w) {
      const size_t down = kernel_height_ == 1 ? 0 : h * conv.dilation[0];
      const size_t right = kernel_width_ == 1 ? 0 : w * conv.dilation[x];
      segments_.push_back((down * padded_width_ + right) * channels_);
    }
  }
}

void Convolution::ChooseKernel(const Tensor& input) {
  const std::span<const int32_t> all(weights_, weight_count_);
  const size_t per_group = out_channels_ / groups_;
  if (groups_ > 1 && per_group == 1 && group_channels_ == 1) {
    kernel_ = Kernel::kDepthwise;
    by_tap_.resize(weight_count_);
    for (size_t c = 0; c < channels_; ++c) {
      for (size_t k = 0; k < taps_; ++k) by_tap_[k * channels_ + c] = all[c * taps_ + k];
    }
    return;
  }
  if (rows_.size() <= kDotRows) {
    kernel_ = Kernel::kDot;
    return;
  }
  const bool narrow =
      Fits16(input.lo, input.hi) && Fits16(weight_range_.first, weight_range_.second);
  kernel_ = narrow ? Kernel::kPacked16 : Kernel::kPacked32;
  for (size_t g = 0; g < groups_; ++g) {
    const auto part = all.subspan(g * per_group * taps_, per_group * taps_);
    if (narrow) {
      packed16_.push_back(
          PackWeights<int16_t>(part, per_group, taps_, segments_.size(), segment_length_));
    } else {
      packed32_.push_back(
          PackWeights<int32_t>(part, per_group, taps_, segments_.size(), segment_length_));
    }
  }
}

template <typename T>
void Convolution::Pad(std::span<const int32_t> in, std::span<T> padded) const {
  const auto clip = [](int64_t v, size_t size) {
    return static_cast<size_t>(std::clamp<int64_t>(v, 0, static_cast<int64_t>(size)));
  };
  // Columns of the input that fall inside the padded width.
  const size_t begin = clip(left_, in_width_);
  const size_t end = clip(left_ + static_cast<int64_t>(padded_width_), in_width_);
  if (begin >= end) return;
  for (size_t h = 0; h < padded_height_; ++h) {
    const int64_t from = top_ + static_cast<int64_t>(h);
    if (from < 0 || from >= static_cast<int64_t>(in_height_)) continue;
    const int32_t* source = in.data() + (static_cast<size_t>(from) * in_width_ + begin) * channels_;
    const auto column = static_cast<size_t>(static_cast<int64_t>(begin) - left_);
    T* target = padded.data() + (h * padded_width_ + column) * channels_;
    std::transform(source, source + (end - begin) * channels_, target,
                   [](int32_t v) { return static_cast<T>(v); });
  }
}

void Convolution::RunDepthwise(const int32_t* in, std::span<int32_t> out, size_t begin,
                               size_t end) const {
  for (size_t m = begin; m < end; ++m) {
    int32_t* sums = out.data() + m * channels_;
    std::fill(sums, sums + channels_, 0);
    for (size_t k = 0; k < segments_.size(); ++k) {
      const int32_t* x = in + rows_[m] + segments_[k];
      const int32_t* w = by_tap_.data() + k * channels_;
      for (size_t c = 0; c < channels_; ++c) {
        sums[c] = static_cast<int32_t>(static_cast<uint32_t>(sums[c]) +
                                       static_cast<uint32_t>(x[c]) * static_cast<uint32_t>(w[c]));
      }
    }
  }
}

template <typename T>
void Convolution::RunGroups(const T* in, std::span<int32_t> out, ThreadPool* pool) const {
  const Gather gather{rows_, segments_, segment_length_};
  const size_t per_group = out_channels_ / groups_;
  const size_t row_cost = std::max<size_t>(out_channels_ * taps_, 1);
  const auto rows = [&](size_t begin, size_t end) {
    if constexpr (std::is_same_v<T, int32_t>) {
      if (kernel_ == Kernel::kDepthwise) return RunDepthwise(in, out, begin, end);
    }
    for (size_t g = 0; g < groups_; ++g) {
      const T* group_in = in + g * group_channels_;
      int32_t* group_out = out.data() + g * per_group;
      if constexpr (std::is_same_v<T, int16_t>) {
        MatMul(group_in, gather, packed16_[g], begin, end, group_out, out_channels_);
      } else {
        MatMul(group_in, gather, packed32_[g], begin, end, group_out, out_channels_);
      }
    }
  };
  const auto dots = [&](size_t begin, size_t end) {
    if constexpr (std::is_same_v<T, int32_t>) {
      for (size_t g = begin / per_group; g * per_group < end; ++g) {
        const size_t first = std::max(begin, g * per_group) - g * per_group;
        const size_t last = std::min(end, (g + 1) * per_group) - g * per_group;
        DotRows(in + g * group_channels_, gather, weights_ + g * per_group * taps_, taps_, first,
                last, out.data() + g * per_group, out_channels_);
      }
    }
  };
  const bool dot = kernel_ == Kernel::kDot;
  const size_t count = dot ? out_channels_ : rows_.size();
  const size_t item_cost = dot ? std::max<size_t>(rows_.size() * taps_, 1) : row_cost;
  // 24 = a multiple of every tile height.
  const size_t grain = (kParallelGrain / item_cost + 24) / 24 * 24;
  const auto run = [&](size_t begin, size_t end) { dot ? dots(begin, end) : rows(begin, end); };
  if (pool != nullptr) {
    pool->ParallelFor(count, grain, run);
  } else {
    run(0, count);
  }
}

template <typename T>
void Convolution::RunAs(std::span<const int32_t> in, std::span<int32_t> out,
                        ThreadPool* pool) const {
  const bool whole =
      top_ == 0 && left_ == 0 && padded_height_ == in_height_ && padded_width_ == in_width_;
  if constexpr (std::is_same_v<T, int32_t>) {
    if (whole) return RunGroups(in.data(), out, pool);
  }
  // One element more: MatMul reads it beside an odd last tap.
  SecureVector<T> padded(padded_height_ * padded_width_ * channels_ + 1, T{0});
  Pad<T>(in, padded);
  RunGroups(padded.data(), out, pool);
}

void Convolution::Run(std::span<const int32_t> in, std::span<int32_t> out, ThreadPool* pool) const {
  if (kernel_ == Kernel::kPacked16) {
    RunAs<int16_t>(in, out, pool);
  } else {
    RunAs<int32_t>(in, out, pool);
  }
}

}  // namespace voizk
