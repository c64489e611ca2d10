// The bundle of random weights with its decision opened or set, and sounds that the front end
// accepts: a whole login without a trained model.
#ifndef VOIZK_TESTS_LOGIN_USER_OPEN_BUNDLE_H_
#define VOIZK_TESTS_LOGIN_USER_OPEN_BUNDLE_H_

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "source_dir.h"
#include "voizk/bundle.h"
#include "voizk/login.h"

namespace voizk {

inline const std::map<std::string, int> kOpenDecision{
    {"margin_base", 1 << 24},   {"inside_min", 1},       {"outside_max", 1 << 20},
    {"embedding_norm2_min", 1}, {"enrol_voiced_min", 1}, {"theta_q12", 1}};

/// Writes the bundle into `folder` with these entries of its decision changed, and loads it.
inline Bundle WriteBundle(const std::string& folder, const std::map<std::string, int>& decision) {
  const std::filesystem::path from =
      std::filesystem::path(VOIZK_SOURCE_DIR) / "tests/vectors/random_bundle";
  std::filesystem::create_directories(folder);
  auto json = nlohmann::json::parse(std::ifstream(from / "bundle.json"));
  for (const auto& [key, value] : decision) json["decision"][key] = value;
  std::ofstream(std::filesystem::path(folder) / "bundle.json") << json.dump();
  std::filesystem::copy_file(from / "weights.bin", std::filesystem::path(folder) / "weights.bin",
                             std::filesystem::copy_options::overwrite_existing);
  auto bundle = Bundle::Load(folder);
  EXPECT_TRUE(bundle.ok()) << bundle.error().message;
  return *bundle;
}

/// As its owner would pin it.
inline TrustedBundle Pinned(const Bundle& bundle) {
  const BundleDigest pin = bundle.digest();
  auto trusted = TrustedBundle::Make(bundle, {&pin, 1});
  EXPECT_TRUE(trusted.ok());
  return *trusted;
}

/// Syllables of a harmonic sound of this pitch over faint noise.
inline std::vector<int16_t> Speechlike(double seconds, double pitch_hz, int level = 1500) {
  constexpr double kPi = 3.14159265358979323846;
  constexpr int kRate = 8000;
  std::vector<int16_t> pcm(static_cast<size_t>(kRate * seconds));
  uint32_t noise = 1;
  for (size_t n = 0; n < pcm.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    double x = 0;
    for (int h = 1; std::fmod(t, 0.4) < 0.3 && h * pitch_hz < 3900; ++h) {
      x += std::sin(2 * kPi * pitch_hz * h * t) / std::sqrt(h);
    }
    noise = noise * 1664525 + 1013904223;
    pcm[n] = static_cast<int16_t>(level * x + 100 * (double(noise >> 16) / 65536 - 0.5));
  }
  return pcm;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_LOGIN_USER_OPEN_BUNDLE_H_
