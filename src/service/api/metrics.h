// Counters in Prometheus's text format.
#ifndef VOIZK_SERVICE_API_METRICS_H_
#define VOIZK_SERVICE_API_METRICS_H_

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace voizk {

/// Thread-safe.  Labels come from our own tables only, so that their number is bounded.
class Metrics {
 public:
  void CountRequest(std::string_view operation, int status);
  /// result: "accepted", or the type of the problem.
  void CountLogin(std::string_view result);
  void CountVerification(double seconds);
  /// Of a proven enrolment; as CountLogin.
  void CountEnrolment(std::string_view result);

  /// With figures that somebody else keeps, name and value: gauges, and counters where the name
  /// ends in _total.
  std::string Text(const std::map<std::string, double>& others) const;

 private:
  static constexpr std::array<double, 8> kBounds = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;
  std::map<std::string, uint64_t> logins_;
  std::map<std::string, uint64_t> enrolments_;
  std::array<uint64_t, kBounds.size() + 1> verifications_{};
  double verification_seconds_ = 0;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_METRICS_H_
