// A model of three operations: a convolution, a requant and a dense layer; and what it computes, by
// hand.
#ifndef VOIZK_TESTS_NETWORK_MODEL_SMALL_MODEL_H_
#define VOIZK_TESTS_NETWORK_MODEL_SMALL_MODEL_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "network/model/quantised_model.h"

namespace voizk {

inline std::shared_ptr<const TensorData> TensorOf(std::vector<uint32_t> shape,
                                                  std::vector<int32_t> values) {
  return std::make_shared<const TensorData>(TensorData{std::move(shape), std::move(values)});
}

/// Some integers in -reach..reach, the same every time.
inline std::vector<int32_t> SmallIntegers(size_t count, int32_t reach, uint32_t seed) {
  std::vector<int32_t> values;
  uint32_t state = seed * 2654435761U + 1;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    values.push_back(static_cast<int32_t>((state >> 8) % static_cast<uint32_t>(2 * reach + 1)) -
                     reach);
  }
  return values;
}

/// x [6][2], of a float tensor [1][2][6], step 1/2; y [1][4], of [4], step 1/4.
struct SmallModel {
  std::vector<int32_t> w1 = SmallIntegers(18, 9, 1), b1 = {300, -2, 70000};
  std::vector<int32_t> w2 = SmallIntegers(72, 200, 2), b2 = {1, 2, 3, -4};
  QuantisedModel model;

  SmallModel() {
    model.name = "small";
    model.inputs = {{"x", {6, 2}, -50, 50, {"signal", {{1, 2, 6}, {{}, {1}, {0}}}, 0.5}}};
    const auto number = [](int64_t v) { return ModelAttribute(v); };
    model.nodes = {
        {"c",
         "conv1d",
         {"x"},
         {{"weight", TensorOf({3, 3, 2}, w1)},
          {"bias", TensorOf({3}, b1)},
          {"stride", number(1)},
          {"dilation", number(1)},
          {"pad_left", number(1)},
          {"pad_right", number(1)},
          {"groups", number(1)}}},
        {"r",
         "requant",
         {"c"},
         {{"shift", number(3)},
          {"mult", number(1)},
          {"q", number(0)},
          {"lo", number(0)},
          {"hi", number(127)},
          {"wide", number(1)}}},
        {"y", "dense", {"r"}, {{"weight", TensorOf({4, 18}, w2)}, {"bias", TensorOf({4}, b2)}}}};
    model.output = {"y", {"scores", {{4}, {{1}}}, 0.25}};
  }

  /// The requant's output, [6][3].
  std::vector<int32_t> Hidden(const std::vector<int32_t>& x) const {
    std::vector<int32_t> h;
    for (int t = 0; t < 6; ++t) {
      for (size_t o = 0; o < 3; ++o) {
        int64_t sum = b1[o];
        for (int k = 0; k < 3; ++k) {
          for (size_t c = 0; c < 2; ++c) {
            const int at = t + k - 1;
            if (at < 0 || at >= 6) continue;
            sum += int64_t{w1[(o * 3 + static_cast<size_t>(k)) * 2 + c]} *
                   x[static_cast<size_t>(at) * 2 + c];
          }
        }
        int64_t down = sum / 8 - (sum % 8 < 0);  // by floor
        h.push_back(static_cast<int32_t>(std::clamp<int64_t>(down + 1, 0, 127)));
      }
    }
    return h;
  }

  std::vector<int32_t> Expected(const std::vector<int32_t>& x) const {
    const std::vector<int32_t> h = Hidden(x);
    std::vector<int32_t> y = b2;
    for (size_t o = 0; o < 4; ++o) {
      for (size_t i = 0; i < 18; ++i) y[o] += w2[o * 18 + i] * h[i];
    }
    return y;
  }
};

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_MODEL_SMALL_MODEL_H_
