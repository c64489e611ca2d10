#include "login/user/voice_model.h"

#include <algorithm>
#include <utility>

#include "base/secure.h"
#include "login/bundle/login_model.h"
#include "login/relation/login_relation.h"
#include "login/user/refusal.h"

namespace voizk {
namespace {

constexpr size_t kMaxPieces = 16;  // of one utterance; 16 of the longest bucket are minutes

}  // namespace

Result<UtteranceVoice> VoiceModel::Embed(std::span<const int16_t> pcm, ThreadPool* pool) {
  UtteranceVoice voice;
  const size_t longest = bundle_.samples(bundle_.buckets().back());
  const size_t pieces = (pcm.size() + longest - 1) / longest;
  if (pieces == 0 || pieces > kMaxPieces) {
    voice.refusal = pieces == 0 ? Refusal::kSilent : Refusal::kTooLong;
    return voice;
  }
  const size_t size = (pcm.size() + pieces - 1) / pieces;
  for (size_t begin = 0; begin < pcm.size(); begin += size) {
    VOIZK_RETURN_IF_ERROR(
        EmbedPiece(pcm.subspan(begin, std::min(size, pcm.size() - begin)), pool, &voice));
  }
  if (!voice.pieces.empty()) voice.refusal = Refusal::kNone;
  return voice;
}

Result<const RunnableRelation*> VoiceModel::RelationAt(uint32_t frames) {
  const std::lock_guard lock(mutex_);
  if (const auto found = models_.find(frames); found != models_.end()) return &found->second;
  VOIZK_ASSIGN_OR_RETURN(Relation relation,
                         BuildEnrolRelation(MakeLoginModel(bundle_.shared_data()), frames));
  VOIZK_ASSIGN_OR_RETURN(RunnableRelation model, RunnableRelation::Make(std::move(relation)));
  return &models_.emplace(frames, std::move(model)).first->second;
}

Status VoiceModel::EmbedPiece(std::span<const int16_t> pcm, ThreadPool* pool,
                              UtteranceVoice* voice) {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t frames, BucketFor(bundle_.data(), pcm.size()));
  VOIZK_ASSIGN_OR_RETURN(const RunnableRelation* model, RelationAt(frames));
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs, PcmInputsOf(bundle_, frames, pcm));
  const InputsEraser erase_inputs(inputs);
  auto outputs = model->Infer(inputs, {kEnrolEmbedding, kEnrolVoiced}, pool);
  if (!outputs.ok()) {
    if (outputs.error().code != ErrorCode::kRefused) return outputs.error();
    voice->refusal = RefusalOf(outputs.error().message);
    return {};
  }
  const InputsEraser erase_outputs(*outputs);
  const std::vector<int32_t>& e = (*outputs)[kEnrolEmbedding];
  if (e.size() != kEmbeddingSize) return {ErrorCode::kInternal, "embedding of another size"};
  Embedding embedding;
  std::copy(e.begin(), e.end(), embedding.begin());
  voice->pieces.push_back(embedding);
  for (const int32_t v : (*outputs)[kEnrolVoiced]) voice->voiced += v;
  return {};
}

}  // namespace voizk
