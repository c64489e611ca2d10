#include "login/making/speaker_bundle.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/sizes.h"
#include "login/bundle/bundle_data.h"
#include "login/relation/decision_config.h"
#include "network/graph/graph.h"
#include "network/model/quantised_model.h"
#include "network/model_file/json_reader.h"
#include "network/model_file/model_file.h"
#include "relation/builder/builder.h"

namespace voizk {
namespace {

using nlohmann::json;
using Reads = SpeakerSection::Reads;

/// The real number that one unit of what is heard stands for.
double UnitOf(Reads reads, const FrontEndConfig& c) {
  if (reads == Reads::kMask) return 1;
  if (reads == Reads::kSamples) return 0.5 / c.norm_limit;
  return std::ldexp(1.0, c.cmn_shift) / c.log_scale;
}

/// ratio as mult / 2^shift, as exactly as these allow and no longer than they have to be.
void SetRatio(double ratio, SpeakerSection::Input* input) {
  int shift = 30;
  while (shift > 0 && std::round(std::ldexp(ratio, shift)) > INT32_MAX) --shift;
  auto mult =
      static_cast<int64_t>(std::min<double>(std::round(std::ldexp(ratio, shift)), INT32_MAX));
  for (; shift > 0 && mult % 2 == 0; --shift) mult /= 2;
  input->mult = static_cast<int32_t>(mult);
  input->shift = shift;
}

std::optional<Reads> NamedBy(const std::string& name) {
  for (const Reads reads : {Reads::kSamples, Reads::kFeatures, Reads::kMask}) {
    if (name == NameOf(reads)) return reads;
  }
  return std::nullopt;
}

class WeightsFile {
 public:
  /// Where the bytes lie now.
  size_t Add(std::span<const uint8_t> some) {
    while (bytes_.size() % 4 != 0) bytes_.push_back(0);
    const size_t begin = bytes_.size();
    bytes_.insert(bytes_.end(), some.begin(), some.end());
    return begin;
  }
  json AddTensor(const std::vector<int32_t>& values, const char* dtype, size_t width,
                 std::vector<size_t> shape) {
    std::vector<uint8_t> some;
    some.reserve(values.size() * width);
    for (const int32_t v : values) {
      for (size_t k = 0; k < width; ++k) {
        some.push_back(static_cast<uint8_t>(static_cast<uint32_t>(v) >> (8 * k)));
      }
    }
    const size_t begin = Add(some);
    return {{"offset", begin}, {"dtype", dtype}, {"shape", std::move(shape)}};
  }
  std::vector<uint8_t> Take() && { return std::move(bytes_); }
  size_t size() const { return bytes_.size(); }

 private:
  std::vector<uint8_t> bytes_;
};

/// Moves every tensor that `value` refers to.  The base was parsed: all of them lie within `from`.
void Move(json& value, std::span<const uint8_t> from, WeightsFile* to) {
  if (value.is_object() && value.contains("dtype") && value.contains("offset")) {
    const auto& type = value["dtype"].get_ref<const std::string&>();
    size_t bytes = type == "int32" ? 4 : type == "int16" ? 2 : 1;
    for (const json& d : value["shape"]) bytes *= d.get<size_t>();
    value["offset"] = to->Add(from.subspan(value["offset"].get<size_t>(), bytes));
    return;
  }
  if (value.is_structured()) {
    for (json& part : value) Move(part, from, to);
  }
}

json SectionJson(const SpeakerSection& s, std::span<const uint8_t> model_file,
                 WeightsFile* weights) {
  json inputs = json::array();
  for (const auto& input : s.inputs) {
    inputs.push_back(
        {{"reads", NameOf(input.reads)}, {"mult", input.mult}, {"shift", input.shift}});
  }
  const size_t model = weights->Add(model_file);
  const size_t outputs = s.projection.size() / kEmbeddingSize;
  return {{"version", 1},
          {"model", {{"offset", model}, {"bytes", model_file.size()}}},
          {"inputs", std::move(inputs)},
          {"output_shift", s.output_shift},
          {"projection", weights->AddTensor(s.projection, "int16", 2, {kEmbeddingSize, outputs})},
          {"bias", weights->AddTensor(s.bias, "int32", 4, {kEmbeddingSize})},
          {"shift", s.shift}};
}

Result<json> FittingBuckets(const BundleData& base, std::span<const uint8_t> model_file,
                            const SpeakerSection& section) {
  VOIZK_ASSIGN_OR_RETURN(const auto network,
                         SpeakerNetwork::Read(model_file, section, base.features));
  json buckets = json::array();
  for (const uint32_t frames : base.buckets) {
    if (network->CheckFits(base.features, frames).ok()) buckets.push_back(frames);
  }
  if (!buckets.empty()) return buckets;
  return Error{ErrorCode::kInvalidArgument,
               "no bucket of the base fits: " +
                   network->CheckFits(base.features, base.buckets.front()).error().message};
}

}  // namespace

Result<SpeakerSection> DraftSection(std::span<const uint8_t> model_file, const FrontEndConfig& c,
                                    std::optional<Reads> sound) {
  VOIZK_ASSIGN_OR_RETURN(const QuantisedModel model, ReadModel(model_file, kMaxSpeakerJson));
  VOIZK_ASSIGN_OR_RETURN(const Graph graph, BuildGraph(model));
  Builder b;
  VOIZK_ASSIGN_OR_RETURN(const Value output, graph.BuildWithInputs(b, ""));
  if (b.failed()) return b.error();
  SpeakerSection section;
  for (const QuantisedModel::Input& input : model.inputs) {
    const std::string& name = input.quantity.name;
    const auto named = NamedBy(name);
    const auto reads = named == Reads::kMask || !sound ? named : sound;
    if (!reads) {
      return {ErrorCode::kInvalidArgument,
              "nothing says what the network's input '" + name + "' is: samples or features"};
    }
    if (input.integers) {
      return {ErrorCode::kInvalidArgument, "input '" + name + "' takes numbers of tokens"};
    }
    SpeakerSection::Input one{*reads};
    SetRatio(UnitOf(*reads, c) / input.quantity.step, &one);
    section.inputs.push_back(one);
  }
  const uint64_t outputs = output.view.shape.Cells();
  if (outputs > kMaxSpeakerOutputs) {
    return {ErrorCode::kInvalidArgument, "the network's output is no vector of at most 4096"};
  }
  const Interval range = b.Bound(output.view);
  const int64_t most = std::max(std::abs(range.lo), std::abs(range.hi));
  while (most >> section.output_shift > kSpeakerOutputMax) ++section.output_shift;
  section.projection.assign(kEmbeddingSize * outputs, 0);
  for (size_t i = 0; i < std::min<size_t>(outputs, kEmbeddingSize); ++i) {
    section.projection[i * outputs + i] = 1;
  }
  section.bias.assign(kEmbeddingSize, 0);
  section.shift = 4;
  return section;
}

Result<BundleFiles> MakeSpeakerBundle(std::span<const uint8_t> base_json,
                                      std::span<const uint8_t> base_weights,
                                      std::span<const uint8_t> model_file,
                                      const SpeakerSection& section,
                                      const SpeakerDecision& decision) {
  VOIZK_ASSIGN_OR_RETURN(const auto base, ParseBundle(base_json, base_weights));
  if (base->speaker) {
    return {ErrorCode::kInvalidArgument, "the base has an imported speaker network already"};
  }
  VOIZK_ASSIGN_OR_RETURN(json document, ParseJson(base_json));
  VOIZK_ASSIGN_OR_RETURN(document["buckets"], FittingBuckets(*base, model_file, section));
  document["graphs"].erase("embedding");
  WeightsFile weights;
  Move(document["features"], base_weights, &weights);
  Move(document["graphs"], base_weights, &weights);
  document["format"] = 2;
  document["name"] = decision.name;
  document["speaker"] = SectionJson(section, model_file, &weights);
  json& rules = document["decision"];
  rules["theta_q12"] = decision.theta_q12;
  rules["embedding_norm2_min"] = decision.embedding_norm2_min;
  rules["operating_point"] = decision.operating_point;
  document["weights"] = {{"file", "weights.bin"}, {"bytes", weights.size()}};
  BundleFiles files;
  try {
    files.json = document.dump(1) + "\n";
  } catch (const json::exception&) {
    return {ErrorCode::kMalformed, "the bundle's name or operating point is no UTF-8"};
  }
  files.weights = std::move(weights).Take();
  const std::span text(reinterpret_cast<const uint8_t*>(files.json.data()), files.json.size());
  VOIZK_RETURN_IF_ERROR(ParseBundle(text, files.weights).status());
  return files;
}

}  // namespace voizk
