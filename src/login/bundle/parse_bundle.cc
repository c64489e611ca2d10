#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "login/bundle/bundle_data.h"
#include "login/bundle/parse_graph.h"
#include "network/model_file/json_reader.h"
#include "network/model_file/tensor_reader.h"

namespace voizk {

namespace {

constexpr int64_t kFormat = 1;
constexpr int64_t kFormatOfSpeaker = 2;  // with an imported speaker network
constexpr char kDigestTag[] = "voizk-bundle-v1";
// A login publishes its bucket.  With these two limits that is at most 3 bits, and the length of
// what was said is known to a second at best, whoever made the bundle.
constexpr size_t kMaxBuckets = 8;
constexpr uint32_t kMinBucketStep = 100;  // frames of 10 ms
constexpr uint32_t kMaxFrames = 1 << 16;  // 11 minutes at 10 ms
constexpr int64_t kMaxSampleRate = 384000;

FrontEndConfig ParseFeatures(JsonObject o, TensorReader& tensors) {
  FrontEndConfig c;
  const std::pair<const char*, int32_t*> numbers[] = {
      {"hop", &c.hop},
      {"frame", &c.frame},
      {"bins", &c.bins},
      {"peak_min", &c.peak_min},
      {"gain_log2", &c.gain_log2},
      {"norm_shift", &c.norm_shift},
      {"norm_limit", &c.norm_limit},
      {"dft_shift", &c.dft_shift},
      {"spectrum_limit", &c.spectrum_limit},
      {"mel_filters", &c.mel_filters},
      {"log_offset", &c.log_offset},
      {"log_e_min", &c.log_e_min},
      {"log_e_max", &c.log_e_max},
      {"log_scale", &c.log_scale},
      {"live_energy", &c.live_energy},
      {"vad_percentile", &c.vad_percentile},
      {"vad_below_peak", &c.vad_below_peak},
      {"vad_above_noise", &c.vad_above_noise},
      {"vad_min_below_peak", &c.vad_min_below_peak},
      {"voiced_min", &c.voiced_min},
      {"snr_min", &c.snr_min},
      {"dynamic_min", &c.dynamic_min},
      {"cmn_shift", &c.cmn_shift},
      {"feature_min", &c.feature_min},
      {"feature_max", &c.feature_max},
      {"mfcc", &c.mfcc},
      {"mfcc_shift", &c.mfcc_shift},
  };
  for (const auto& [key, value] : numbers) *value = o.Int32(key);
  o.Int("fft", 1, INT32_MAX);  // says how the matrix was made; the integers are the model
  c.dft = tensors.Read(o, "dft", "int16", 2).values;
  c.mel = tensors.Read(o, "mel", "uint8", 2).values;
  c.log_table = tensors.Read(o, "log_table", "int16", 1).values;
  c.dct = tensors.Read(o, "dct", "int16", 2).values;
  o.Finish();
  return c;
}

SpeakerSection ParseSpeaker(JsonObject o, TensorReader& tensors, std::span<const uint8_t>* model) {
  constexpr size_t kMaxInputs = 2;
  SpeakerSection s;
  if (o.Has("version") && o.Int("version", INT64_MIN, INT64_MAX) != 1) {
    o.Fail(ErrorCode::kUnsupported, "this version reads version 1 of a speaker network");
  }
  o.Int("version", 1, 1);
  *model = tensors.ReadBytes(o, "model");
  o.ForEach("inputs", kMaxInputs, [&](const nlohmann::json& value, const std::string& path) {
    JsonObject input(value, path, o.status());
    SpeakerSection::Input one;
    const std::string reads = input.Text("reads", 16);
    using Reads = SpeakerSection::Reads;
    bool known = false;
    for (const Reads r : {Reads::kSamples, Reads::kFeatures, Reads::kMask}) {
      if (reads == NameOf(r)) one.reads = r, known = true;
    }
    if (!known) input.Fail(ErrorCode::kMalformed, "'reads' is no input that there is");
    one.mult = static_cast<int32_t>(input.Int("mult", 0, INT32_MAX));
    one.shift = static_cast<int>(input.Int("shift", 0, 30));
    input.Finish();
    s.inputs.push_back(one);
  });
  s.output_shift = static_cast<int>(o.Int("output_shift", 0, kMaxSpeakerShift));
  s.projection = tensors.Read(o, "projection", "int16", 2).values;
  s.bias = tensors.Read(o, "bias", "int32", 1).values;
  s.shift = static_cast<int>(o.Int("shift", 1, kMaxSpeakerShift));
  o.Finish();
  return s;
}

DecisionConfig ParseDecision(JsonObject o, std::string& operating_point) {
  DecisionConfig c;
  const auto frames = o.Ints("min_frames", c.min_frames.size(), c.min_frames.size(), 0, INT32_MAX);
  for (size_t i = 0; i < c.min_frames.size(); ++i) {
    c.min_frames[i] = static_cast<int32_t>(frames[i]);
  }
  const std::pair<const char*, int32_t*> numbers[] = {
      {"margin_base", &c.margin_base},
      {"margin_per_digit", &c.margin_per_digit},
      {"inside_min", &c.inside_min},
      {"outside_max", &c.outside_max},
      {"digit_frames_max", &c.digits.frames_max},
      {"digit_voiced_min", &c.digits.voiced_min},
      {"digit_voiced_percent", &c.digits.voiced_percent},
      {"digit_level_range", &c.digits.level_range},
      {"theta_q12", &c.theta_q12},
      {"template_norm", &c.template_norm},
      {"embedding_norm2_min", &c.embedding_norm2_min},
      {"enrol_min_utterances", &c.enrol_min_utterances},
      {"enrol_voiced_min", &c.enrol_voiced_min},
  };
  for (const auto& [key, value] : numbers) *value = o.Int32(key);
  const auto norms = o.Ints("template_norm2", 2, 2, 0, INT32_MAX);
  c.template_norm2_lo = static_cast<int32_t>(norms[0]);
  c.template_norm2_hi = static_cast<int32_t>(norms[1]);
  const auto share = o.Ints("digit_share_percent", 2, 2, 0, INT32_MAX);
  c.digits.share_percent_lo = static_cast<int32_t>(share[0]);
  c.digits.share_percent_hi = static_cast<int32_t>(share[1]);
  const auto digits = o.Ints("phrase_digits", 2, 2, 0, INT32_MAX);
  c.phrase_digits_min = static_cast<int32_t>(digits[0]);
  c.phrase_digits_max = static_cast<int32_t>(digits[1]);
  if (o.Has("operating_point")) operating_point = o.Text("operating_point", 1024);
  o.Finish();
  return c;
}

Status CheckGraph(const GraphModel& model, const BundleData& bundle,
                  const std::vector<std::string>& inputs, uint64_t outputs_per_pair,
                  uint64_t outputs) {
  const auto bad = [](const char* what) {
    return Status(ErrorCode::kMalformed, std::string("model file: ") + what);
  };
  std::vector<std::string> names;
  for (const GraphModel::Input& input : model.inputs) names.push_back(input.name);
  if (names != inputs) return bad("a graph has other inputs than its part of the login supplies");
  for (const uint32_t frames : bundle.buckets) {
    VOIZK_ASSIGN_OR_RETURN(const Graph graph, model.At(frames));
    VOIZK_ASSIGN_OR_RETURN(const Graph::NodeId out, graph.Find(model.output));
    VOIZK_ASSIGN_OR_RETURN(const Graph::NodeId features, graph.Find("features"));
    const auto filters = static_cast<uint32_t>(bundle.features.mel_filters);
    if (!(graph.shape(features) == MakeShape({frames, filters}))) {
      return bad("a graph's features do not have the front end's shape");
    }
    if (inputs.size() > 1) {
      VOIZK_ASSIGN_OR_RETURN(const Graph::NodeId mask, graph.Find("mask"));
      if (!(graph.shape(mask) == MakeShape({frames / 2}))) return bad("the mask is not [T/2]");
    }
    if (graph.shape(out).Cells() != outputs_per_pair * (frames / 2) + outputs) {
      return bad("a graph's output has the wrong size");
    }
  }
  return {};
}

Status CheckBundle(const BundleData& b, size_t weights_bytes, size_t stated_bytes) {
  const auto bad = [](const char* what) {
    return Status(ErrorCode::kMalformed, std::string("model file: ") + what);
  };
  if (weights_bytes != stated_bytes) return bad("the weights file has another size than stated");
  for (size_t i = 0; i < b.buckets.size(); ++i) {
    if (b.buckets[i] % 2 != 0 || (i > 0 && b.buckets[i] <= b.buckets[i - 1])) {
      return bad("buckets must be even and ascending");
    }
    if (i > 0 && b.buckets[i] - b.buckets[i - 1] < kMinBucketStep) {
      return bad("buckets must be at least 100 frames apart");
    }
    if (i > 0 && int64_t{b.buckets[i] - b.buckets[i - 1]} * b.features.hop < b.sample_rate_hz) {
      return bad("buckets must be at least a second apart");
    }
  }
  if (b.classes.size() != kClasses) return bad("there must be 13 classes");
  VOIZK_RETURN_IF_ERROR(CheckFrontEnd(b.features));
  VOIZK_RETURN_IF_ERROR(CheckDecision(b.decision));
  if (!b.speaker) {
    VOIZK_RETURN_IF_ERROR(CheckGraph(b.embedding, b, {"features", "mask"}, 0, kEmbeddingSize));
  }
  return CheckGraph(b.recogniser, b, {"features"}, kClasses, 0);
}

Result<std::shared_ptr<const BundleData>> Parse(ByteSpan json, ByteSpan weights) {
  VOIZK_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(json));
  auto b = std::make_shared<BundleData>();
  Status status;
  JsonObject o(document, "bundle", status);
  TensorReader tensors(weights);
  const int64_t format = o.Int("format", INT64_MIN, INT64_MAX);
  if (o.Has("format") && format != kFormat && format != kFormatOfSpeaker) {
    return {ErrorCode::kUnsupported, "model file: this version reads formats 1 and 2"};
  }
  b->name = o.Text("name", 64);
  b->sample_rate_hz = static_cast<int32_t>(o.Int("sample_rate_hz", 1000, kMaxSampleRate));
  for (const int64_t t : o.Ints("buckets", 1, kMaxBuckets, 2, kMaxFrames)) {
    b->buckets.push_back(static_cast<uint32_t>(t));
  }
  JsonObject file = o.Object("weights");
  file.Text("file", 64);
  const auto bytes = static_cast<size_t>(file.Int("bytes", 0, kMaxBundleWeights));
  file.Finish();
  b->features = ParseFeatures(o.Object("features"), tensors);
  JsonObject graphs = o.Object("graphs");
  if (format == kFormat) {
    JsonObject embedding = graphs.Object("embedding");
    b->embedding = ParseGraph(embedding, tensors);
  }
  JsonObject recogniser = graphs.Object("recogniser");
  graphs.Finish();
  b->recogniser = ParseGraph(recogniser, tensors);
  SpeakerSection section;
  std::span<const uint8_t> model;
  if (format == kFormatOfSpeaker) section = ParseSpeaker(o.Object("speaker"), tensors, &model);
  b->classes = o.Texts("classes", kClasses, 32);
  b->decision = ParseDecision(o.Object("decision"), b->operating_point);
  o.Finish();
  VOIZK_RETURN_IF_ERROR(status);
  VOIZK_RETURN_IF_ERROR(tensors.CheckDisjoint());
  if (format == kFormatOfSpeaker) {
    VOIZK_RETURN_IF_ERROR(CheckFrontEnd(b->features));
    VOIZK_ASSIGN_OR_RETURN(b->speaker,
                           SpeakerNetwork::Read(model, std::move(section), b->features));
    for (const uint32_t frames : b->buckets) {
      VOIZK_RETURN_IF_ERROR(b->speaker->At(b->features, frames).status());
    }
  }
  VOIZK_RETURN_IF_ERROR(CheckBundle(*b, weights.size(), bytes));
  b->digest = DigestOfBundle(json, weights);
  return std::shared_ptr<const BundleData>(std::move(b));
}

}  // namespace

std::array<uint8_t, 32> DigestOfBundle(ByteSpan json, ByteSpan weights) {
  uint8_t size[8];
  Sha256 hash;
  hash.Update(AsBytes(kDigestTag));
  StoreU64(json.size(), size);
  hash.Update(size).Update(json);
  StoreU64(weights.size(), size);
  hash.Update(size).Update(weights);
  return hash.Finish();
}

Result<std::shared_ptr<const BundleData>> ParseBundle(std::span<const uint8_t> json,
                                                      std::span<const uint8_t> weights) {
  if (json.size() > kMaxBundleJson || weights.size() > kMaxBundleWeights) {
    return {ErrorCode::kLimitExceeded, "model file: larger than this version reads"};
  }
  try {
    return Parse(json, weights);
  } catch (const nlohmann::json::exception&) {
    return {ErrorCode::kMalformed, "model file: cannot be read"};
  }
}

}  // namespace voizk
