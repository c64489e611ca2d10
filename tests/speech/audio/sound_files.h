// Sounds and sound files made for the tests of this folder.
#ifndef VOIZK_TESTS_SPEECH_AUDIO_SOUND_FILES_H_
#define VOIZK_TESTS_SPEECH_AUDIO_SOUND_FILES_H_

#include <gtest/gtest.h>
#include <sndfile.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace voizk {

/// amplitude * sin(2 pi f t), sampled.
inline std::vector<double> Sine(double hz, int rate_hz, double seconds, double amplitude) {
  std::vector<double> samples(static_cast<std::size_t>(std::lround(rate_hz * seconds)));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz);
  }
  return samples;
}

/// Writes interleaved samples (full scale 1); false where this libsndfile cannot write `format`.
inline bool WriteSound(const std::filesystem::path& path, int format, int rate_hz, int channels,
                       std::span<const double> interleaved) {
  SF_INFO info = {};
  info.samplerate = rate_hz;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) return false;
  const sf_count_t frames = std::ssize(interleaved) / channels;
  // In pieces: libsndfile 1.2.0 overflows its stack when Vorbis gets seconds at once.
  for (sf_count_t done = 0; done < frames; done += 1000) {
    sf_writef_double(file, interleaved.data() + done * channels,
                     std::min<sf_count_t>(1000, frames - done));
  }
  return sf_close(file) == 0;
}

/// The same for exact 16-bit samples (libsndfile scales real ones by 32767, not 32768).
inline bool WriteSound16(const std::filesystem::path& path, int format, int rate_hz, int channels,
                         std::span<const std::int16_t> interleaved) {
  SF_INFO info = {};
  info.samplerate = rate_hz;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) return false;
  sf_writef_short(file, interleaved.data(), std::ssize(interleaved) / channels);
  return sf_close(file) == 0;
}

/// The same sound in every channel.
inline std::vector<double> Spread(std::span<const double> mono, int channels) {
  std::vector<double> interleaved;
  for (double x : mono)
    interleaved.insert(interleaved.end(), static_cast<std::size_t>(channels), x);
  return interleaved;
}

inline std::vector<std::uint8_t> ReadBytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void WriteBytes(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
}

/// The largest normalised correlation of `signal` with any equally long part of `recording`, and
/// where it lies.  Both real, mean not removed.
struct Match {
  double correlation = -1.0;
  std::size_t offset = 0;
};

template <typename A, typename B>
Match BestMatch(const A& recording, const B& signal) {
  Match best;
  double energy = 0.0;
  for (const auto x : signal) energy += static_cast<double>(x) * static_cast<double>(x);
  for (std::size_t at = 0; at + signal.size() <= recording.size(); ++at) {
    double dot = 0.0;
    double window = 0.0;
    for (std::size_t i = 0; i < signal.size(); ++i) {
      const auto r = static_cast<double>(recording[at + i]);
      dot += r * static_cast<double>(signal[i]);
      window += r * r;
    }
    const double correlation = window > 0 ? dot / std::sqrt(window * energy) : 0.0;
    if (correlation > best.correlation) best = {correlation, at};
  }
  return best;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_SPEECH_AUDIO_SOUND_FILES_H_
