// Quiet ends: what a login cuts off a recording that is too long for its longest bucket, whatever
// offset the sound card adds, and that `features` looks at the same part of it.
#include "login/user/recording.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "voizk/login.h"

namespace voizk {
namespace {

constexpr int kRate = 8000;

/// Seconds of quiet, of a loud tone, and of quiet again, about `offset`.
std::vector<int16_t> Between(double before, double tone, double after, int offset) {
  std::vector<int16_t> samples;
  const auto add = [&](double seconds, double amplitude) {
    for (int i = 0; i < seconds * kRate; ++i) {
      samples.push_back(static_cast<int16_t>(offset + std::lround(amplitude * std::sin(0.3 * i))));
    }
  };
  add(before, 3);
  add(tone, 3000);
  add(after, 3);
  return samples;
}

TEST(WithoutQuietEnds, LeavesAQuarterOfASecondOfEachWhateverTheOffset) {
  for (const int offset : {0, 500, -4000, 20000}) {
    const std::vector<int16_t> pcm = Between(3.0, 2.0, 4.0, offset);
    const auto kept = WithoutQuietEnds(pcm, kRate);
    EXPECT_EQ(kept.size(), static_cast<size_t>(2.5 * kRate)) << offset;
    EXPECT_EQ(kept.data() - pcm.data(), static_cast<ptrdiff_t>(2.75 * kRate)) << offset;
  }
}

TEST(WithoutQuietEnds, LeavesDigitalSilenceAndShortThingsAlone) {
  for (const size_t size : {size_t{0}, size_t{100}, size_t{16000}}) {
    const std::vector<int16_t> pcm(size, 700);
    EXPECT_EQ(WithoutQuietEnds(pcm, kRate).size(), size);
  }
}

TEST(FitToBucket, CutsOnlyWhatIsTooLongAndSoDoTheFeatures) {
  const auto bundle = Bundle::Default();
  if (!bundle.ok()) GTEST_SKIP() << "no bundle is built in";
  const size_t longest = bundle->samples(bundle->buckets().back());
  const std::vector<int16_t> padded = Between(5.0, 4.0, 6.0, 4000);
  std::span<const int16_t> pcm = padded;
  ASSERT_GT(pcm.size(), longest);
  EXPECT_TRUE(FitToBucket(*bundle, &pcm).ok());
  EXPECT_EQ(pcm.size(), static_cast<size_t>(4.5 * kRate));
  const auto view = ComputeFeatures(*bundle, padded, {});
  ASSERT_TRUE(view.ok());
  EXPECT_NE(view->refusal, Refusal::kTooLong);

  const std::vector<int16_t> full(longest, 1000);
  pcm = full;
  EXPECT_TRUE(FitToBucket(*bundle, &pcm).ok());
  EXPECT_EQ(pcm.size(), longest);
  const std::vector<int16_t> loud = Between(0.0, 12.0, 0.0, 0);
  pcm = loud;
  EXPECT_EQ(FitToBucket(*bundle, &pcm).error().code, ErrorCode::kRefused);
}

}  // namespace
}  // namespace voizk
