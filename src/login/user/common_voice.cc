#include "login/user/common_voice.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace voizk {
namespace {

/// For comparing; the decision itself is SameVoice's.
double Cosine(std::span<const int32_t> e, std::span<const int8_t> t) {
  double dot = 0, e2 = 0, t2 = 0;
  for (size_t k = 0; k < e.size(); ++k) {
    dot += double(e[k]) * t[k];
    e2 += double(e[k]) * e[k];
    t2 += double(t[k]) * t[k];
  }
  return e2 > 0 && t2 > 0 ? dot / std::sqrt(e2 * t2) : 0;
}

/// The template, or none if these embeddings have none.
Result<std::optional<VoiceTemplate>> TemplateOf(const DecisionConfig& c,
                                                std::span<const Embedding> embeddings) {
  auto values = AverageEmbeddings(c, embeddings);
  if (values.ok()) return std::optional(std::move(*values));
  if (values.error().code == ErrorCode::kRefused) return std::optional<VoiceTemplate>();
  return values.error();
}

std::vector<Embedding> Without(std::span<const Embedding> embeddings, size_t i) {
  std::vector<Embedding> others;
  for (size_t k = 0; k < embeddings.size(); ++k) {
    if (k != i) others.push_back(embeddings[k]);
  }
  return others;
}

/// The recording, from 1, whose voice is not that of the others; 0 if nobody can say which.
Result<std::optional<size_t>> FindStranger(const DecisionConfig& c,
                                           std::span<const Embedding> embeddings) {
  std::optional<size_t> stranger;
  double least = 2;
  for (size_t i = 0; i < embeddings.size(); ++i) {
    VOIZK_ASSIGN_OR_RETURN(const std::optional<VoiceTemplate> others,
                           TemplateOf(c, Without(embeddings, i)));
    if (!others) return std::optional<size_t>(0);
    if (SameVoice(c, embeddings[i].span(), others->span())) continue;
    const double cosine = Cosine(embeddings[i].span(), others->span());
    if (cosine < least) stranger = i + 1;
    least = std::min(least, cosine);
  }
  if (stranger && embeddings.size() == 2) stranger = 0;
  return stranger;
}

}  // namespace

Result<CommonVoice> FindCommonVoice(const DecisionConfig& c,
                                    std::span<const Embedding> embeddings) {
  if (embeddings.size() < 2 || embeddings.size() > kMaxSummed) {
    return {ErrorCode::kInternal, "a common voice is one of 2 to 8 recordings"};
  }
  CommonVoice voice;
  for (size_t i = 0; i < embeddings.size(); ++i) {
    const auto unit = UnitEmbedding(c, embeddings[i].span());
    if (unit.ok()) continue;
    if (unit.error().code != ErrorCode::kRefused) return unit.error();
    voice.refusal = Refusal::kTooShort;
    voice.recording = i + 1;
    return voice;
  }
  VOIZK_ASSIGN_OR_RETURN(const std::optional<size_t> stranger, FindStranger(c, embeddings));
  VOIZK_ASSIGN_OR_RETURN(std::optional<VoiceTemplate> values, TemplateOf(c, embeddings));
  if (stranger || !values) {
    voice.refusal = Refusal::kUnlikeTheOthers;
    voice.recording = stranger.value_or(0);
    return voice;
  }
  voice.values = *values;
  return voice;
}

}  // namespace voizk
