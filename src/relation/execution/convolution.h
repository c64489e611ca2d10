// One convolution (relation.h, Conv) made ready to run: geometry, input offsets, packed weights.
// Immutable after Make, so that several executions may share it.
#ifndef VOIZK_RELATION_EXECUTION_CONVOLUTION_H_
#define VOIZK_RELATION_EXECUTION_CONVOLUTION_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "relation/core/relation.h"
#include "relation/execution/matmul.h"

namespace voizk {

class Convolution {
 public:
  /// Elements of the zero-padded copy of an input.  Far above any real layer (VGG16's largest has
  /// 2^16.2, two minutes of 16 kHz audio 2^21); stops strides that would ask for memory without
  /// end.
  static constexpr uint64_t kMaxPaddedInput = uint64_t{1} << 28;

  /// `input` bounds the values by its lo and hi: within 16 bits (and weights likewise) the 16-bit
  /// kernel is taken.  `out` is the view's shape: [T'][O], [H'][W'][O], or [1][O] if the kernel
  /// covers a 3-D input.  Errors: kInvalidArgument (shapes do not match), kLimitExceeded.
  static Result<Convolution> Make(const Conv& conv, const Tensor& input, const Weights& weights,
                                  const Shape& out);

  /// out (outputs() cells, row-major) = the convolution of in, mod 2^32.
  void Run(std::span<const int32_t> in, std::span<int32_t> out, ThreadPool* pool) const;

  size_t outputs() const { return rows_.size() * out_channels_; }
  size_t multiplications() const { return outputs() * taps_; }

 private:
  enum class Kernel { kDot, kPacked16, kPacked32, kDepthwise };

  Status SetGeometry(const Conv& conv, const Shape& in, const Shape& weights, const Shape& out);
  void SetOffsets(const Conv& conv);
  void ChooseKernel(const Tensor& input);
  template <typename T>
  void RunAs(std::span<const int32_t> in, std::span<int32_t> out, ThreadPool* pool) const;
  template <typename T>
  void Pad(std::span<const int32_t> in, std::span<T> padded) const;
  template <typename T>
  void RunGroups(const T* in, std::span<int32_t> out, ThreadPool* pool) const;
  void RunDepthwise(const int32_t* in, std::span<int32_t> out, size_t begin, size_t end) const;

  const int32_t* weights_ = nullptr;  // the relation's, which outlives this object
  size_t weight_count_ = 0;
  std::pair<int32_t, int32_t> weight_range_;
  // A 1-D convolution is one of height 1 along the width.
  size_t in_height_ = 1, in_width_ = 0, channels_ = 0;
  size_t out_height_ = 1, out_width_ = 0, out_channels_ = 0;
  size_t kernel_height_ = 1, kernel_width_ = 0, group_channels_ = 0;
  size_t groups_ = 1, taps_ = 0;
  int64_t top_ = 0, left_ = 0;  // first input row and column that is read (negative: padding)
  size_t padded_height_ = 0, padded_width_ = 0;
  std::vector<size_t> rows_, segments_;
  size_t segment_length_ = 0;
  Kernel kernel_ = Kernel::kDot;
  std::vector<PackedWeights<int16_t>> packed16_;  // by group
  std::vector<PackedWeights<int32_t>> packed32_;
  std::vector<int32_t> by_tap_;  // depthwise: weights [tap][channel]
};

}  // namespace voizk

#endif  // VOIZK_RELATION_EXECUTION_CONVOLUTION_H_
