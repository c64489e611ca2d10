#include "model_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "common.h"
#include "model_options.h"
#include "npy.h"

namespace voizk::cli {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 30;
constexpr uint64_t kMaxValues = uint64_t{1} << 30;
constexpr size_t kMaxSamples = 4096;
constexpr size_t kWindowsOfRecording = 16;
constexpr double kMaxSecondsBeside = 600;  // of a recording, beside one window

std::vector<int64_t> WithoutOnes(std::vector<int64_t> dims) {
  std::erase(dims, 1);
  return dims;
}

Result<uint64_t> SizeOf(const NamedInput& input) {
  uint64_t size = 1;
  for (const int64_t d : input.dims) {
    if (d <= 0 || static_cast<uint64_t>(d) > kMaxValues / size) {
      return {ErrorCode::kInvalidArgument,
              fmt::format("input '{}': {} is no shape of 1 to 2^30 values", input.name,
                          DimsText(input.dims))};
    }
    size *= static_cast<uint64_t>(d);
  }
  return size;
}

/// Up to `most` windows of `size` values, spread evenly over the recording.
std::vector<Values> Windows(const PcmBuffer& pcm, size_t size, size_t most) {
  const size_t count = std::clamp<size_t>(pcm.samples.size() / size, 1, most);
  const size_t room = pcm.samples.size() > size ? pcm.samples.size() - size : 0;
  std::vector<Values> windows;
  for (size_t k = 0; k < count; ++k) {
    const size_t begin = count == 1 ? 0 : room * k / (count - 1);
    Values values(size, 0);
    for (size_t i = 0; i < std::min(size, pcm.samples.size() - begin); ++i) {
      values[i] = static_cast<float>(pcm.samples[begin + i]) / 32768.0F;
    }
    windows.push_back(std::move(values));
  }
  return windows;
}

Result<Values> ArrayValues(std::span<const uint8_t> bytes, const NamedInput& input) {
  VOIZK_ASSIGN_OR_RETURN(NpyArray array, ParseNpy(bytes));
  if (WithoutOnes(array.dims) != WithoutOnes(input.dims)) {
    return {ErrorCode::kInvalidArgument,
            fmt::format("its shape is {}, that of input '{}' {}", DimsText(array.dims), input.name,
                        DimsText(input.dims))};
  }
  return std::move(array.values);
}

/// Whether a regular file's name or first bytes say that it is an array.
bool IsArrayFile(const std::string& path) {
  std::array<char, 6> begin{};
  std::ifstream(path, std::ios::binary).read(begin.data(), begin.size());
  return path.ends_with(".npy") ||
         IsNpy({reinterpret_cast<const uint8_t*>(begin.data()), begin.size()});
}

Result<std::vector<Values>> ReadUpTo(const std::string& path, const NamedInput& input, int rate_hz,
                                     size_t most) {
  VOIZK_ASSIGN_OR_RETURN(const uint64_t size, SizeOf(input));
  std::error_code absent;
  const bool regular = std::filesystem::is_regular_file(path, absent);
  const double seconds = static_cast<double>(size) / rate_hz + kMaxSecondsBeside;
  if (regular && !IsArrayFile(path)) {
    VOIZK_ASSIGN_OR_RETURN(const PcmBuffer pcm, LoadRecording(rate_hz, path, {}, seconds));
    return Windows(pcm, size, most);
  }
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadSecretFile(path, kMaxFileBytes));
  if (regular || IsNpy(bytes)) {
    VOIZK_ASSIGN_OR_RETURN(Values values, Naming(path, ArrayValues(bytes, input)));
    return std::vector<Values>{std::move(values)};
  }
  DecodeOptions options;
  options.target_rate_hz = rate_hz;
  options.limits.max_seconds = seconds;
  VOIZK_ASSIGN_OR_RETURN(const PcmBuffer pcm, Naming(path, DecodeMemory(bytes, options)));
  return Windows(pcm, size, most);
}

/// Files of a folder in the order of their names, or the file itself.
Result<std::vector<std::string>> FilesOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (auto it = std::filesystem::directory_iterator(path, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (it->is_regular_file(error)) files.push_back(it->path().string());
  }
  if (error) return {ErrorCode::kIo, path + ": " + error.message()};
  if (files.empty()) return {ErrorCode::kInvalidArgument, path + ": there are no files in it"};
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<InputPath> FindInput(const std::vector<NamedInput>& inputs, const std::string& text,
                            const std::string& option) {
  size_t at = inputs.size(), length = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = inputs[i].name;
    if (!text.starts_with(name + "=") || (at < inputs.size() && name.size() < length)) continue;
    at = i;
    length = name.size();
  }
  if (at < inputs.size()) {
    if (length + 1 == text.size()) {
      return {ErrorCode::kInvalidArgument, fmt::format("{} {}: NAME=PATH", option, text)};
    }
    return InputPath{at, text.substr(length + 1)};
  }
  if (inputs.size() == 1) return InputPath{0, text};
  std::string names;
  for (const NamedInput& input : inputs) names += (names.empty() ? "" : ", ") + input.name;
  return {ErrorCode::kInvalidArgument,
          fmt::format("{} {}: NAME=PATH, where NAME is an input of the network: {}", option, text,
                      names)};
}

std::vector<std::string> PossiblePaths(const std::vector<std::string>& texts) {
  std::vector<std::string> paths = texts;
  for (const std::string& text : texts) {
    for (size_t at = text.find('='); at != std::string::npos; at = text.find('=', at + 1)) {
      paths.push_back(text.substr(at + 1));
    }
  }
  return paths;
}

Result<Values> ReadValues(const std::string& path, const NamedInput& input, int rate_hz) {
  VOIZK_ASSIGN_OR_RETURN(auto one, ReadUpTo(path, input, rate_hz, 1));
  return std::move(one[0]);
}

Result<std::vector<Values>> ReadGiven(const std::vector<NamedInput>& inputs,
                                      const std::vector<std::string>& texts, int rate_hz) {
  std::vector<Values> values(inputs.size());
  for (const std::string& text : texts) {
    VOIZK_ASSIGN_OR_RETURN(const InputPath given, FindInput(inputs, text, "--input"));
    if (!values[given.input].empty()) {
      return {ErrorCode::kInvalidArgument,
              fmt::format("--input: '{}' is given twice", inputs[given.input].name)};
    }
    VOIZK_ASSIGN_OR_RETURN(values[given.input],
                           ReadValues(given.path, inputs[given.input], rate_hz));
  }
  return values;
}

Result<std::vector<std::vector<Values>>> ReadSamples(const std::vector<NamedInput>& inputs,
                                                     const std::vector<std::string>& texts,
                                                     int rate_hz) {
  std::vector<std::vector<Values>> given(inputs.size());  // by input
  for (const std::string& text : texts) {
    VOIZK_ASSIGN_OR_RETURN(const InputPath one, FindInput(inputs, text, "--calibrate"));
    VOIZK_ASSIGN_OR_RETURN(const auto files, FilesOf(one.path));
    auto& list = given[one.input];
    for (const std::string& file : files) {
      VOIZK_ASSIGN_OR_RETURN(auto values,
                             ReadUpTo(file, inputs[one.input], rate_hz, kWindowsOfRecording));
      std::move(values.begin(), values.end(), std::back_inserter(list));
      if (list.size() > kMaxSamples) {
        return {ErrorCode::kLimitExceeded,
                fmt::format("{}: over {} samples to calibrate on", one.path, kMaxSamples)};
      }
    }
  }
  size_t count = 0;
  for (const auto& list : given) count = std::max(count, list.size());
  std::vector<std::vector<Values>> samples(count);
  for (size_t k = 0; k < count; ++k) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!given[i].empty()) {
        samples[k].push_back(given[i][k % given[i].size()]);
        continue;
      }
      VOIZK_ASSIGN_OR_RETURN(const uint64_t size, SizeOf(inputs[i]));
      samples[k].emplace_back(size, 0.0F);
    }
  }
  return samples;
}

}  // namespace voizk::cli
