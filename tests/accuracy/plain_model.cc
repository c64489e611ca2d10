#include "accuracy/plain_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "login/bundle/bundle_data.h"
#include "login/bundle/login_model.h"
#include "login/user/view_relation.h"

namespace voizk {
namespace {

constexpr char kEnergyTensor[] = "vad.energy";  // speech/features/voice_activity.h

std::optional<RunnableRelation> Ready(Result<Relation> relation) {
  EXPECT_TRUE(relation.ok()) << relation.error().message;
  if (!relation.ok()) return std::nullopt;
  auto model = RunnableRelation::Make(std::move(*relation));
  EXPECT_TRUE(model.ok()) << model.error().message;
  if (!model.ok()) return std::nullopt;
  return std::move(*model);
}

}  // namespace

PlainModel::PlainModel(const Bundle& bundle, Refusals refusals, ThreadPool& pool)
    : bundle_(bundle) {
  const std::vector<uint32_t>& lengths = bundle_.buckets();
  for (const uint32_t frames : lengths) buckets_[frames];
  pool.ParallelFor(lengths.size(), 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      Bucket& bucket = buckets_.at(lengths[i]);
      auto view = BuildViewRelation(bundle_.data(), lengths[i], /*spectrum_only=*/false);
      if (view.ok() && refusals == Refusals::kIgnored) {
        // These steps compute nothing; they only refuse.
        std::erase_if(view->steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
      }
      bucket.hear = Ready(std::move(view));
      const auto graph = bundle_.data().embedding.At(lengths[i]);
      ASSERT_TRUE(graph.ok()) << graph.error().message;
      bucket.embed = Ready(graph->BuildStandalone());
    }
  });
}

Result<Heard> PlainModel::Hear(std::span<const int16_t> pcm) const {
  Heard heard;
  VOIZK_ASSIGN_OR_RETURN(heard.frames, BucketFor(bundle_.data(), pcm.size()));
  VOIZK_ASSIGN_OR_RETURN(const Inputs inputs, PcmInputsOf(bundle_, heard.frames, pcm));
  VOIZK_ASSIGN_OR_RETURN(
      Inputs found,
      buckets_.at(heard.frames)
          .hear->Infer(inputs, {kFeaturesTensor, kVoicedTensor, kEnergyTensor, kLogitsTensor},
                       nullptr));
  heard.features = std::move(found.at(kFeaturesTensor));
  heard.logits = std::move(found.at(kLogitsTensor));
  const std::vector<int32_t>& voiced = found.at(kVoicedTensor);
  const std::vector<int32_t>& energy = found.at(kEnergyTensor);
  for (size_t t = 0; t < voiced.size(); t += 2) {
    heard.voiced.push_back(voiced[t]);
    heard.energy.push_back(energy[t]);
  }
  return heard;
}

Result<std::vector<int32_t>> PlainModel::Embed(const Heard& heard,
                                               const std::vector<int32_t>& mask) const {
  const std::string& output = bundle_.data().embedding.output;
  VOIZK_ASSIGN_OR_RETURN(
      Inputs found,
      buckets_.at(heard.frames)
          .embed->Infer({{"features", heard.features}, {"mask", mask}}, {output}, nullptr));
  return std::move(found.at(output));
}

}  // namespace voizk
