#include "evaluation/voice/kept_voices.h"

#include <array>
#include <charconv>

#include "evaluation/trials/line_reader.h"
#include "login/relation/decision_config.h"

namespace voizk {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr size_t kFields = 6;
constexpr size_t kPieceDigits = size_t{2} * kEmbeddingSize;
constexpr size_t kMaxPieces = 16;  // voice_model.cc

template <typename Text>
void AppendByte(uint8_t byte, Text* text) {
  text->push_back(kDigits[byte >> 4]);
  text->push_back(kDigits[byte & 15]);
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// False: no embedding, whose values lie in [-127, 127].
bool ParsePiece(std::string_view text, Embedding* piece) {
  if (text.size() != kPieceDigits) return false;
  for (size_t i = 0; i < kEmbeddingSize; ++i) {
    const int high = DigitOf(text[2 * i]), low = DigitOf(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    const int byte = high * 16 + low;
    (*piece)[i] = byte < 128 ? byte : byte - 256;
    if ((*piece)[i] < -kEmbeddingMax) return false;
  }
  return true;
}

bool ParsePieces(std::string_view text, std::vector<Embedding>* pieces) {
  if (text == "-") return true;
  while (pieces->size() < kMaxPieces) {
    const std::string_view one = text.substr(0, kPieceDigits);
    Embedding piece;
    if (!ParsePiece(one, &piece)) return false;
    pieces->push_back(piece);
    text.remove_prefix(one.size());
    if (text.empty()) return true;
    if (!text.starts_with(' ')) return false;
    text.remove_prefix(1);
  }
  return false;
}

bool ParseKeptVoice(const std::vector<std::string_view>& fields, KeptVoice* kept) {
  double voiced = 0, refusal = 0;
  if (fields.size() != kFields || fields[0].empty() || !ParseNumber(fields[2], &kept->seconds) ||
      !ParseNumber(fields[3], &voiced) || !ParseNumber(fields[4], &refusal) || kept->seconds < 0 ||
      voiced < 0 || voiced > 1e9 || refusal < 0 ||
      refusal > static_cast<double>(Refusal::kUnusual)) {
    return false;
  }
  kept->id = std::string(fields[0]);
  kept->stamp = std::string(fields[1]);
  kept->voice.voiced = static_cast<int64_t>(voiced);
  kept->voice.refusal = static_cast<Refusal>(static_cast<uint8_t>(refusal));
  return ParsePieces(fields[5], &kept->voice.pieces) &&
         kept->voice.pieces.empty() == (kept->voice.refusal != Refusal::kNone);
}

}  // namespace

std::string KeptHeader(const std::array<uint8_t, 32>& digest) {
  std::string text = "voizk-embeddings 1 ";
  for (const uint8_t byte : digest) AppendByte(byte, &text);
  return text + "\n";
}

SecureVector<char> FormatKept(const KeptVoice& kept) {
  SecureVector<char> text;
  const auto add = [&text](std::string_view part) {
    text.insert(text.end(), part.begin(), part.end());
    text.push_back('\t');
  };
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.begin(), digits.end(), kept.seconds);
  text.reserve(kept.id.size() + kept.stamp.size() + 64 +
               kept.voice.pieces.size() * (kPieceDigits + 1));
  add(kept.id);
  add(kept.stamp);
  add({digits.data(), static_cast<size_t>(end - digits.begin())});
  add(std::to_string(kept.voice.voiced));
  add(std::to_string(static_cast<int>(kept.voice.refusal)));
  for (const Embedding& piece : kept.voice.pieces) {
    for (const int32_t v : piece) AppendByte(static_cast<uint8_t>(v), &text);
    text.push_back(' ');
  }
  if (kept.voice.pieces.empty()) text.push_back('-');
  if (text.back() == ' ') text.pop_back();
  text.push_back('\n');
  return text;
}

Result<std::vector<KeptVoice>> ParseKept(std::string_view text, const std::string& file,
                                         const std::array<uint8_t, 32>& digest) {
  std::vector<KeptVoice> all;
  text = text.substr(0, text.rfind('\n') + 1);
  if (text.empty()) return all;
  LineReader lines(text, file, Separator::kTab);
  VOIZK_ASSIGN_OR_RETURN(const auto header, lines.Next());
  if (header.size() != 1 || !header[0].starts_with("voizk-embeddings 1 ")) {
    return lines.At("this is no file of embeddings that an evaluation left");
  }
  if (std::string(header[0]) + "\n" != KeptHeader(digest)) {
    return {ErrorCode::kInvalidArgument,
            Where(file, 1) +
                "these embeddings were made with another bundle; delete the file to "
                "begin anew"};
  }
  while (true) {
    VOIZK_ASSIGN_OR_RETURN(const auto fields, lines.Next());
    if (fields.empty()) break;
    KeptVoice kept;
    if (!ParseKeptVoice(fields, &kept)) return lines.At("this is no embedding");
    all.push_back(std::move(kept));
  }
  return all;
}

}  // namespace voizk
