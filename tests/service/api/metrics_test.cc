// Guards that /metrics tells figures as they are: every digit of a large one, and what only rises
// as a counter.
#include "service/api/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace voizk {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, TellEveryDigit) {
  Metrics metrics;
  for (int i = 0; i < 3; ++i) metrics.CountVerification(0.0123456789);
  const std::string text = metrics.Text({{"voizk_request_body_bytes", 12'345'678},
                                         {"voizk_slow_connections_closed_total", 1'234'567},
                                         {"voizk_share", 0.1}});
  EXPECT_THAT(text, HasSubstr("# TYPE voizk_request_body_bytes gauge\n"
                              "voizk_request_body_bytes 12345678\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE voizk_slow_connections_closed_total counter\n"
                              "voizk_slow_connections_closed_total 1234567\n"));
  EXPECT_THAT(text, HasSubstr("voizk_share 0.1\n"));
  EXPECT_THAT(text, HasSubstr("voizk_verification_seconds_bucket{le=\"0.005\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("voizk_verification_seconds_bucket{le=\"0.02\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("voizk_verification_seconds_bucket{le=\"1\"} 3\n"));
  const std::string sum = "voizk_verification_seconds_sum ";
  EXPECT_EQ(std::stod(text.substr(text.find(sum) + sum.size())),
            0.0123456789 + 0.0123456789 + 0.0123456789);
}

}  // namespace
}  // namespace voizk
