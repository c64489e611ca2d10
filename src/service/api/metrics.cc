#include "service/api/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

namespace voizk {
namespace {

/// The shortest text that reads back as this number.
std::string Exact(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

void Metrics::CountRequest(std::string_view operation, int status) {
  const std::scoped_lock lock(mutex_);
  ++requests_[{std::string(operation), status}];
}

void Metrics::CountLogin(std::string_view result) {
  const std::scoped_lock lock(mutex_);
  ++logins_[std::string(result)];
}

void Metrics::CountEnrolment(std::string_view result) {
  const std::scoped_lock lock(mutex_);
  ++enrolments_[std::string(result)];
}

void Metrics::CountVerification(double seconds) {
  const std::scoped_lock lock(mutex_);
  const auto bound = std::ranges::lower_bound(kBounds, seconds);
  ++verifications_[static_cast<size_t>(bound - kBounds.begin())];
  verification_seconds_ += seconds;
}

std::string Metrics::Text(const std::map<std::string, double>& others) const {
  const std::scoped_lock lock(mutex_);
  std::ostringstream out;
  out << "# HELP voizk_requests_total Requests answered.\n# TYPE voizk_requests_total counter\n";
  for (const auto& [key, count] : requests_) {
    out << "voizk_requests_total{operation=\"" << key.first << "\",status=\"" << key.second
        << "\"} " << count << "\n";
  }
  out << "# HELP voizk_logins_total Answers to challenges.\n# TYPE voizk_logins_total counter\n";
  for (const auto& [result, count] : logins_) {
    out << "voizk_logins_total{result=\"" << result << "\"} " << count << "\n";
  }
  out << "# HELP voizk_enrolments_total Proofs of enrolments.\n"
         "# TYPE voizk_enrolments_total counter\n";
  for (const auto& [result, count] : enrolments_) {
    out << "voizk_enrolments_total{result=\"" << result << "\"} " << count << "\n";
  }
  out << "# HELP voizk_verification_seconds Time of verifying one login.\n"
         "# TYPE voizk_verification_seconds histogram\n";
  uint64_t below = 0;
  for (size_t i = 0; i < kBounds.size(); ++i) {
    below += verifications_[i];
    out << "voizk_verification_seconds_bucket{le=\"" << Exact(kBounds[i]) << "\"} " << below
        << "\n";
  }
  below += verifications_.back();
  out << "voizk_verification_seconds_bucket{le=\"+Inf\"} " << below
      << "\nvoizk_verification_seconds_sum " << Exact(verification_seconds_)
      << "\nvoizk_verification_seconds_count " << below << "\n";
  for (const auto& [name, value] : others) {
    const char* const type = name.ends_with("_total") ? " counter\n" : " gauge\n";
    out << "# TYPE " << name << type << name << " " << Exact(value) << "\n";
  }
  return out.str();
}

}  // namespace voizk
