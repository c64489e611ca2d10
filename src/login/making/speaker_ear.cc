#include "login/making/speaker_ear.h"

#include <algorithm>
#include <string>
#include <utility>

#include "login/bundle/bundle_data.h"
#include "login/bundle/login_model.h"
#include "login/relation/login_relation.h"

namespace voizk {

Result<const RunnableRelation*> SpeakerEar::RelationAt(uint32_t frames) {
  const std::lock_guard lock(mutex_);
  if (const auto found = relations_.find(frames); found != relations_.end()) return &found->second;
  VOIZK_ASSIGN_OR_RETURN(Relation relation,
                         BuildEnrolRelation(MakeLoginModel(bundle_.shared_data()), frames));
  VOIZK_ASSIGN_OR_RETURN(RunnableRelation made, RunnableRelation::Make(std::move(relation)));
  return &relations_.emplace(frames, std::move(made)).first->second;
}

Result<std::optional<std::vector<int32_t>>> SpeakerEar::Hear(std::span<const int16_t> pcm,
                                                             ThreadPool* pool) {
  pcm = pcm.first(std::min<size_t>(pcm.size(), bundle_.samples(bundle_.buckets().back())));
  VOIZK_ASSIGN_OR_RETURN(const uint32_t frames, BucketFor(bundle_.data(), pcm.size()));
  VOIZK_ASSIGN_OR_RETURN(const RunnableRelation* relation, RelationAt(frames));
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs, PcmInputsOf(bundle_, frames, pcm));
  const InputsEraser erase_inputs(inputs);
  const std::string rounded = std::string("embedding.") + kSpeakerRounded;
  auto outputs = relation->Infer(inputs, {rounded}, pool);
  if (!outputs.ok()) {
    if (outputs.error().code != ErrorCode::kRefused) return outputs.error();
    return std::optional<std::vector<int32_t>>();
  }
  const InputsEraser erase_outputs(*outputs);
  return std::optional(outputs->at(rounded));
}

}  // namespace voizk
