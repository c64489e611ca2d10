#include "speech/audio/resample.h"

#include <soxr.h>

#include <algorithm>
#include <cmath>

namespace voizk {
namespace {

constexpr int kMaxRateHz = 1'000'000;  // beyond any sound card; keeps soxr's filters small
constexpr std::size_t kBlock = 4096;   // output samples of one soxr call

}  // namespace

std::int16_t QuantiseSample(double x) {
  const double scaled = std::nearbyint(x * 32768.0);
  return static_cast<std::int16_t>(std::clamp(scaled, -32768.0, 32767.0));
}

void MonoResampler::Deleter::operator()(soxr* handle) const { soxr_delete(handle); }

Result<MonoResampler> MonoResampler::Create(int in_rate_hz, int out_rate_hz) {
  if (in_rate_hz < 1 || in_rate_hz > kMaxRateHz || out_rate_hz < 1 || out_rate_hz > kMaxRateHz) {
    return {ErrorCode::kInvalidArgument, "a sample rate is outside 1 .. 1000000 Hz"};
  }
  MonoResampler resampler;
  if (in_rate_hz == out_rate_hz) return resampler;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT64_I, SOXR_FLOAT64_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  resampler.soxr_.reset(soxr_create(in_rate_hz, out_rate_hz, 1, &error, &io, &quality, &runtime));
  if (resampler.soxr_ == nullptr) {  // the rates are in range: memory
    return {ErrorCode::kOutOfMemory, std::string("resampler: ") + soxr_strerror(error)};
  }
  resampler.block_.resize(kBlock);
  return resampler;
}

Status MonoResampler::Push(std::span<const double> in, SecureVector<std::int16_t>* out) {
  if (in.empty()) return {};  // soxr reads a null input as the end of the stream
  if (soxr_ != nullptr) return Process(in.data(), in.size(), out);
  for (double x : in) out->push_back(QuantiseSample(x));
  return {};
}

Status MonoResampler::Finish(SecureVector<std::int16_t>* out) {
  return soxr_ == nullptr ? Status() : Process(nullptr, 0, out);
}

Status MonoResampler::Process(const double* in, std::size_t count,
                              SecureVector<std::int16_t>* out) {
  std::size_t used_total = 0;
  for (;;) {
    std::size_t used = 0;
    std::size_t made = 0;
    const double* next = in == nullptr ? nullptr : in + used_total;
    const soxr_error_t error = soxr_process(soxr_.get(), next, count - used_total, &used,
                                            block_.data(), block_.size(), &made);
    if (error != nullptr) return {ErrorCode::kInternal, std::string("resampler: ") + error};
    used_total += used;
    for (std::size_t i = 0; i < made; ++i) out->push_back(QuantiseSample(block_[i]));
    // A call that leaves room in the block had no more to give; one that moves nothing is over.
    if (made < block_.size() && (used_total == count || used == 0)) return {};
  }
}

}  // namespace voizk
