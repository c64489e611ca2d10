// Front-end and decision constants of the bundle of random weights in tests/vectors, and the test
// signals beside it.
#ifndef VOIZK_TESTS_SUPPORT_BUNDLE_CONSTANTS_H_
#define VOIZK_TESTS_SUPPORT_BUNDLE_CONSTANTS_H_

#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "source_dir.h"
#include "speech/features/config.h"

namespace voizk {

inline std::string VectorPath(const std::string& name) {
  return std::string(VOIZK_SOURCE_DIR) + "/tests/vectors/" + name;
}

inline nlohmann::json ReadJson(const std::string& path) {
  std::ifstream in(path);
  return nlohmann::json::parse(in);
}

inline std::vector<int32_t> ReadTensor(const nlohmann::json& ref,
                                       const std::vector<uint8_t>& blob) {
  size_t count = 1;
  for (const auto& d : ref["shape"]) count *= d.get<size_t>();
  const auto dtype = ref["dtype"].get<std::string>();
  const size_t size = dtype == "int32" ? 4 : dtype == "int16" ? 2 : 1;
  size_t at = ref["offset"].get<size_t>();
  std::vector<int32_t> values;
  for (size_t i = 0; i < count; ++i, at += size) {
    uint32_t v = 0;
    for (size_t k = size; k-- > 0;) v = v << 8 | blob.at(at + k);
    if (dtype == "int8") values.push_back(static_cast<int8_t>(v));
    if (dtype == "int16") values.push_back(static_cast<int16_t>(v));
    if (dtype == "uint8" || dtype == "int32") values.push_back(static_cast<int32_t>(v));
  }
  return values;
}

inline FrontEndConfig TestFrontEnd() {
  const std::string folder = VectorPath("random_bundle/");
  const nlohmann::json f = ReadJson(folder + "bundle.json")["features"];
  std::ifstream in(folder + "weights.bin", std::ios::binary);
  const std::vector<uint8_t> blob{std::istreambuf_iterator<char>(in), {}};
  FrontEndConfig c;
#define VOIZK_READ(name) c.name = f[#name].get<int32_t>()
  VOIZK_READ(hop);
  VOIZK_READ(frame);
  VOIZK_READ(bins);
  VOIZK_READ(peak_min);
  VOIZK_READ(gain_log2);
  VOIZK_READ(norm_shift);
  VOIZK_READ(norm_limit);
  VOIZK_READ(dft_shift);
  VOIZK_READ(spectrum_limit);
  VOIZK_READ(mel_filters);
  VOIZK_READ(log_offset);
  VOIZK_READ(log_e_min);
  VOIZK_READ(log_e_max);
  VOIZK_READ(log_scale);
  VOIZK_READ(live_energy);
  VOIZK_READ(vad_percentile);
  VOIZK_READ(vad_below_peak);
  VOIZK_READ(vad_above_noise);
  VOIZK_READ(vad_min_below_peak);
  VOIZK_READ(voiced_min);
  VOIZK_READ(snr_min);
  VOIZK_READ(dynamic_min);
  VOIZK_READ(cmn_shift);
  VOIZK_READ(feature_min);
  VOIZK_READ(feature_max);
  VOIZK_READ(mfcc);
  VOIZK_READ(mfcc_shift);
#undef VOIZK_READ
  c.dft = ReadTensor(f["dft"], blob);
  c.mel = ReadTensor(f["mel"], blob);
  c.log_table = ReadTensor(f["log_table"], blob);
  c.dct = ReadTensor(f["dct"], blob);
  return c;
}

/// "bursts", "padded", "clipped", "noise": 256 frames each.
inline std::vector<int16_t> TestSignal(const std::string& name) {
  return ReadJson(VectorPath("signals.json"))[name].get<std::vector<int16_t>>();
}

/// h = (h * 1000003 + v) mod (2^61 - 1), as tools/train/make_vectors.py.
inline int64_t Checksum(const std::vector<int32_t>& values, size_t count = SIZE_MAX) {
  __extension__ using Int128 = __int128;
  constexpr int64_t kMod = (int64_t{1} << 61) - 1;
  Int128 h = 0;
  for (size_t i = 0; i < values.size() && i < count; ++i) {
    h = (h * 1000003 + values[i]) % kMod;
    if (h < 0) h += kMod;
  }
  return static_cast<int64_t>(h);
}

}  // namespace voizk

#endif  // VOIZK_TESTS_SUPPORT_BUNDLE_CONSTANTS_H_
