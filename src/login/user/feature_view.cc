#include <algorithm>
#include <utility>

#include "base/exceptions.h"
#include "base/threads.h"
#include "login/bundle/login_model.h"
#include "login/user/recording.h"
#include "login/user/refusal.h"
#include "login/user/view_relation.h"
#include "voizk/login.h"

namespace voizk {
namespace {

std::vector<int32_t> LogMelOf(const FrontEndConfig& c, const Inputs& outputs) {
  const std::vector<int32_t>& exponent = outputs.at(kExponentTensor);
  std::vector<int32_t> log = outputs.at(kFractionTensor);
  for (size_t i = 0; i < log.size(); ++i) log[i] += c.log_scale * exponent[i];
  return log;
}

/// Runs of the best class, 20 ms frames; pauses left out.
std::vector<Word> WordsOf(const BundleData& bundle, const std::vector<int32_t>& logits) {
  const size_t classes = bundle.classes.size();
  const size_t frames = classes == 0 ? 0 : logits.size() / classes;
  std::vector<Word> words;
  size_t begin = 0;
  const auto best = [&](size_t t) {
    const auto row = std::span(logits).subspan(t * classes, classes);
    return static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
  };
  for (size_t t = 0; t < frames; t = begin) {
    const int32_t label = best(t);
    for (begin = t + 1; begin < frames && best(begin) == label;) ++begin;
    if (label == kClassSilence || begin - t < 2) continue;
    words.push_back({bundle.classes[static_cast<size_t>(label)], static_cast<uint32_t>(2 * t),
                     static_cast<uint32_t>(2 * begin)});
  }
  return words;
}

Result<Inputs> Look(const Bundle& bundle, uint32_t frames, const Inputs& inputs, bool spectrum_only,
                    ThreadPool* pool) {
  VOIZK_ASSIGN_OR_RETURN(Relation relation,
                         BuildViewRelation(bundle.data(), frames, spectrum_only));
  VOIZK_ASSIGN_OR_RETURN(const RunnableRelation model, RunnableRelation::Make(std::move(relation)));
  std::vector<std::string> names{kExponentTensor, kFractionTensor};
  if (!spectrum_only) {
    names.insert(names.end(), {kFeaturesTensor, kVoicedTensor, kLogitsTensor});
  }
  return model.Infer(inputs, names, pool);
}

}  // namespace

Result<FeatureView> ComputeFeatures(const Bundle& bundle, std::span<const int16_t> pcm,
                                    const WorkOptions& options) try {
  const FrontEndConfig& c = bundle.data().features;
  FeatureView view;
  view.bands = static_cast<uint32_t>(c.mel_filters);
  view.frame_seconds = static_cast<double>(c.hop) / bundle.sample_rate_hz();
  const auto bucket = FitToBucket(bundle, &pcm);  // as a proof does
  if (!bucket.ok()) {
    view.refusal = Refusal::kTooLong;
    return view;
  }
  view.bucket = *bucket;
  ThreadPool pool(static_cast<size_t>(std::max(options.threads, 1)));
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs, PcmInputsOf(bundle, view.bucket, pcm));
  const InputsEraser erase(inputs);
  auto outputs = Look(bundle, view.bucket, inputs, /*spectrum_only=*/false, &pool);
  const bool whole = outputs.ok();
  if (!whole) {
    if (outputs.error().code != ErrorCode::kRefused) return outputs.error();
    view.refusal = RefusalOf(outputs.error().message);
    outputs = Look(bundle, view.bucket, inputs, /*spectrum_only=*/true, &pool);
    if (!outputs.ok()) {
      if (outputs.error().code != ErrorCode::kRefused) return outputs.error();
      return view;
    }
  }
  view.log_mel = LogMelOf(c, *outputs);
  if (whole) {
    view.features = std::move(outputs->at(kFeaturesTensor));
    const std::vector<int32_t>& voiced = outputs->at(kVoicedTensor);
    for (const int32_t v : voiced) view.voiced.push_back(static_cast<uint8_t>(v));
    view.words = WordsOf(bundle.data(), outputs->at(kLogitsTensor));
  }
  return view;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
