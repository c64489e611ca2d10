#include "accuracy/speech_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "source_dir.h"
#include "voizk/audio.h"

namespace voizk {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> Split(const std::string& line, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == separator) {
      parts.emplace_back();
    } else if (c != '\r') {
      parts.back().push_back(c);
    }
  }
  return parts;
}

std::vector<Row> ReadTable(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  std::vector<Row> rows;
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> cells = Split(line, '\t');
    if (names.empty()) {
      names = cells;
      continue;
    }
    Row row;
    for (size_t i = 0; i < std::min(names.size(), cells.size()); ++i) row[names[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

SecureVector<int16_t> Decode(const std::string& path) {
  DecodeOptions options;
  options.target_rate_hz = kSpeechRate;
  options.limits.max_seconds = 1200;  // one file holds all utterances of a speaker
  const auto pcm = DecodeFile(path, options);
  EXPECT_TRUE(pcm.ok()) << path << ": " << pcm.error().message;
  return pcm.ok() ? pcm->samples : SecureVector<int16_t>();
}

}  // namespace

std::optional<std::string> SpeechFolder() {
  std::string folder = std::string(VOIZK_SOURCE_DIR) + "/../shared/data";
  for (const char* name : {"VOIZK_DATA", "VOIZK_SPEECH_DIR"}) {
    if (const char* value = std::getenv(name)) folder = value;
  }
  if (!std::filesystem::exists(folder + "/index.tsv")) return std::nullopt;
  return folder;
}

std::vector<Utterance> LoadDevSpeech(const std::string& folder,
                                     const std::set<std::string>& corpora, ThreadPool& pool) {
  std::vector<Row> rows = ReadTable(folder + "/index.tsv");
  std::erase_if(rows, [&](const Row& row) {
    return row.at("split") != "dev" || !corpora.contains(row.at("corpus"));
  });
  std::map<std::string, SecureVector<int16_t>> files;
  std::vector<std::string> paths;
  for (const Row& row : rows) files[row.at("path")];
  for (const auto& [path, pcm] : files) paths.push_back(path);
  pool.ParallelFor(paths.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) files.at(paths[i]) = Decode(folder + "/" + paths[i]);
  });
  std::vector<Utterance> speech;
  for (const Row& row : rows) {
    const SecureVector<int16_t>& pcm = files.at(row.at("path"));
    const auto at = [&](double s) {
      return std::min(static_cast<size_t>(std::lround(s * kSpeechRate)), pcm.size());
    };
    const double start = std::stod(row.at("start_s"));
    const auto first = pcm.begin() + static_cast<ptrdiff_t>(at(start));
    const auto last =
        pcm.begin() + static_cast<ptrdiff_t>(at(start + std::stod(row.at("duration_s"))));
    Utterance u{row.at("corpus"), row.at("speaker"), row.at("utterance"), {}, {first, last}};
    std::istringstream words(row.contains("words") ? row.at("words") : "");
    for (std::string word; words >> word;) u.words.push_back(word);
    EXPECT_FALSE(u.pcm.empty()) << u.name;
    speech.push_back(std::move(u));
  }
  return speech;
}

Alignments LoadAlignments(const std::string& folder) {
  Alignments all;
  for (const Row& row : ReadTable(folder + "/an4_digits.tsv")) {
    const auto digit = DigitOf(row.at("word"));
    EXPECT_TRUE(digit.has_value()) << row.at("word");
    const double begin = std::stod(row.at("start_s"));
    all[row.at("utterance")].push_back(
        {digit.value_or(0), begin, begin + std::stod(row.at("duration_s"))});
  }
  return all;
}

std::optional<uint8_t> DigitOf(const std::string& word) {
  static constexpr std::array<const char*, 11> kWords{
      "ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "OH"};
  const auto found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<uint8_t>((found - kWords.begin()) % 10);
}

std::optional<std::vector<uint8_t>> DigitsOf(const std::vector<std::string>& words) {
  std::vector<uint8_t> digits;
  for (const std::string& word : words) {
    const auto digit = DigitOf(word);
    if (!digit) return std::nullopt;
    digits.push_back(*digit);
  }
  if (digits.empty()) return std::nullopt;
  return digits;
}

}  // namespace voizk
