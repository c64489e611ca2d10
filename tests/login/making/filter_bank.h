// A small network as an import would leave it: samples to the energy in 16 bands, which differ
// between pitches.
#ifndef VOIZK_TESTS_LOGIN_MAKING_FILTER_BANK_H_
#define VOIZK_TESTS_LOGIN_MAKING_FILTER_BANK_H_

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "network/model/quantised_model.h"
#include "network/model_file/model_file.h"

namespace voizk {

inline constexpr uint32_t kBankSamples = 20480, kBankBands = 16, kBankTaps = 64, kBankStride = 32;

inline std::vector<int32_t> BankWeights() {
  constexpr double kPi = 3.14159265358979323846;
  std::vector<int32_t> w;
  for (uint32_t k = 0; k < kBankBands; ++k) {
    for (uint32_t j = 0; j < kBankTaps; ++j) {
      const double window = 0.5 - 0.5 * std::cos(2 * kPi * j / kBankTaps);
      w.push_back(static_cast<int32_t>(
          std::lround(100 * window * std::cos(2 * kPi * (60 + 45 * k) * j / 8000.0))));
    }
  }
  return w;
}

inline ModelAttribute Tensor32(std::vector<uint32_t> shape, std::vector<int32_t> values) {
  return std::make_shared<const TensorData>(TensorData{std::move(shape), std::move(values)});
}

inline QuantisedModel BankModel() {
  QuantisedModel m;
  m.name = "bank";
  QuantisedModel::Input in;
  in.name = "x";
  in.shape = {kBankSamples, 1};
  in.lo = -32768;
  in.hi = 32767;
  in.quantity = {"samples", {{1, 1, kBankSamples}, {{}, {}, {0}}}, 1.0 / 32768};
  m.inputs = {in};
  m.nodes.push_back({"conv",
                     "conv1d",
                     {"x"},
                     {{"weight", Tensor32({kBankBands, kBankTaps, 1}, BankWeights())},
                      {"bias", Tensor32({kBankBands}, std::vector<int32_t>(kBankBands, 0))},
                      {"stride", int64_t{kBankStride}},
                      {"dilation", int64_t{1}},
                      {"pad_left", int64_t{0}},
                      {"pad_right", int64_t{0}},
                      {"groups", int64_t{1}}}});
  m.nodes.push_back({"relu",
                     "requant",
                     {"conv"},
                     {{"shift", int64_t{17}},
                      {"mult", int64_t{1}},
                      {"q", int64_t{0}},
                      {"lo", int64_t{0}},
                      {"hi", int64_t{127}}}});
  m.nodes.push_back({"sum", "sum", {"relu"}, {{"axes", std::vector<int64_t>{0}}}});
  m.output = {"sum", {"embedding", {{1, kBankBands}, {{0}, {1}}}, 0.01}};
  return m;
}

inline std::vector<uint8_t> BankFile() { return *WriteModel(BankModel()); }

}  // namespace voizk

#endif  // VOIZK_TESTS_LOGIN_MAKING_FILTER_BANK_H_
