#include "evaluation/voice/phrase_model.h"

#include <algorithm>
#include <string>

#include "base/secure.h"
#include "login/bundle/bundle_data.h"
#include "login/relation/phrase.h"
#include "login/relation/phrase_states.h"
#include "login/user/refusal.h"
#include "login/user/view_relation.h"
#include "relation/builder/builder.h"
#include "relation/gadgets/commit.h"

namespace voizk {
namespace {

constexpr char kEnergyTensor[] = "vad.energy";  // speech/features/voice_activity.cc
constexpr char kVoicedInput[] = "voiced";
constexpr char kEnergyInput[] = "energy";
constexpr char kLogitsInput[] = "logits";

Result<std::pair<int64_t, int64_t>> RangeOf(const Relation& relation, const std::string& name) {
  const auto found = std::find_if(relation.tensors.rbegin(), relation.tensors.rend(),
                                  [&](const Tensor& t) { return t.name == name; });
  if (found == relation.tensors.rend()) {
    return {ErrorCode::kInternal, "the front end has no tensor " + name};
  }
  return std::pair<int64_t, int64_t>(found->lo, found->hi);
}

}  // namespace

Result<const PhraseModel::Bucket*> PhraseModel::BucketAt(uint32_t frames) {
  if (const auto found = buckets_.find(frames); found != buckets_.end()) return &found->second;
  VOIZK_ASSIGN_OR_RETURN(Relation view, BuildViewRelation(bundle_.data(), frames, false));
  VOIZK_ASSIGN_OR_RETURN(const auto logits, RangeOf(view, kLogitsTensor));
  VOIZK_ASSIGN_OR_RETURN(const auto energy, RangeOf(view, kEnergyTensor));
  VOIZK_ASSIGN_OR_RETURN(RunnableRelation hear, RunnableRelation::Make(std::move(view)));
  const Ranges ranges{logits.first, logits.second, energy.first, energy.second};
  return &buckets_.emplace(frames, Bucket{std::move(hear), ranges}).first->second;
}

Result<const RunnableRelation*> PhraseModel::PhraseAt(uint32_t frames, size_t digits) {
  const std::pair key(frames, digits);
  if (const auto found = phrases_.find(key); found != phrases_.end()) return &found->second;
  VOIZK_ASSIGN_OR_RETURN(const Bucket* bucket, BucketAt(frames));
  const Ranges& ranges = bucket->ranges;
  Builder b;
  const Shape logits = MakeShape({frames / 2, static_cast<uint32_t>(kClasses)});
  const TensorId scores = gadgets::Input(b, kLogitsInput, logits, ranges.logit_lo, ranges.logit_hi);
  const TensorId voiced = gadgets::Input(b, kVoicedInput, MakeShape({frames}), 0, 1);
  const TensorId energy =
      gadgets::Input(b, kEnergyInput, MakeShape({frames}), ranges.energy_lo, ranges.energy_hi);
  RequirePhrase(b, bundle_.data().decision, digits, scores, voiced, energy);
  VOIZK_ASSIGN_OR_RETURN(Relation relation, std::move(b).Finish());
  VOIZK_ASSIGN_OR_RETURN(RunnableRelation model, RunnableRelation::Make(std::move(relation)));
  return &phrases_.emplace(key, std::move(model)).first->second;
}

Result<HeardDigits> PhraseModel::Hear(std::span<const int16_t> pcm) {
  HeardDigits heard;
  const auto frames = FitToBucket(bundle_, &pcm);  // as a login does
  if (!frames.ok() || pcm.empty()) {
    heard.refusal = pcm.empty() ? Refusal::kSilent : Refusal::kTooLong;
    return heard;
  }
  heard.frames = *frames;
  const RunnableRelation* hear = nullptr;
  {
    const std::lock_guard lock(mutex_);
    VOIZK_ASSIGN_OR_RETURN(const Bucket* bucket, BucketAt(heard.frames));
    hear = &bucket->hear;
  }
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs, PcmInputsOf(bundle_, heard.frames, pcm));
  const InputsEraser erase_inputs(inputs);
  auto outputs = hear->Infer(inputs, {kLogitsTensor, kVoicedTensor, kEnergyTensor}, nullptr);
  if (!outputs.ok()) {
    if (outputs.error().code != ErrorCode::kRefused) return outputs.error();
    heard.refusal = RefusalOf(outputs.error().message);
    return heard;
  }
  heard.logits = std::move(outputs->at(kLogitsTensor));
  heard.voiced = std::move(outputs->at(kVoicedTensor));
  heard.energy = std::move(outputs->at(kEnergyTensor));
  return heard;
}

Result<Refusal> PhraseModel::Judge(const HeardDigits& heard, std::span<const uint8_t> phrase) {
  VOIZK_RETURN_IF_ERROR(CheckPhrase(bundle_.data().decision, phrase));
  const RunnableRelation* model = nullptr;
  {
    const std::lock_guard lock(mutex_);
    VOIZK_ASSIGN_OR_RETURN(model, PhraseAt(heard.frames, phrase.size()));
  }
  Inputs inputs{{kPhraseInput, {phrase.begin(), phrase.end()}},
                {kLogitsInput, heard.logits},
                {kVoicedInput, heard.voiced},
                {kEnergyInput, heard.energy}};
  const InputsEraser erase(inputs);
  const auto outcome = model->Infer(inputs, {}, nullptr);
  if (outcome.ok()) return Refusal::kNone;
  if (outcome.error().code != ErrorCode::kRefused) return outcome.error();
  return RefusalOf(outcome.error().message);
}

}  // namespace voizk
