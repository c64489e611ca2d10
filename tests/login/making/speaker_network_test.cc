// What an imported network hears of a recording and what becomes of its output, against plain
// loops; that nothing outside the mask reaches it, whoever proves; sections that lie.
#include "login/bundle/speaker_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>

#include "login/bundle/bundle_data.h"
#include "login/making/filter_bank.h"
#include "login/making/speaker_bundle.h"
#include "relation/execution/checker.h"
#include "relation/execution/executor.h"
#include "support/bundle_constants.h"
#include "support/relation_harness.h"

namespace voizk {
namespace {

using nlohmann::json;
using Bytes = std::vector<uint8_t>;

constexpr uint32_t kFrames = 200;  // shorter than the network: zeros behind the end

SpeakerSection Section() {
  SpeakerSection s = *DraftSection(BankFile(), TestFrontEnd(), std::nullopt);
  std::mt19937 rng(7);
  s.output_shift = 5;
  s.shift = 6;
  for (int32_t& w : s.projection) w = static_cast<int32_t>(rng() % 41) - 20;
  for (int32_t& b : s.bias) b = static_cast<int32_t>(rng() % 2001) - 1000;
  return s;
}

int64_t Rounded(int64_t v, int shift, int64_t limit) {
  const double exact = std::floor(static_cast<double>(v) / std::ldexp(1.0, shift) + 0.5);
  return std::clamp(static_cast<int64_t>(exact), -limit, limit);
}

/// docs/decision.md, 11, for the filter bank.
std::vector<int32_t> Expected(const SpeakerSection& s, const std::vector<int32_t>& x1,
                              const std::vector<int32_t>& mask) {
  std::vector<int64_t> x(kBankSamples, 0);
  for (size_t n = 0; n < 80 * kFrames; ++n) x[n] = 2 * x1[n] * mask[n / 160];
  const auto w = BankWeights();
  std::vector<int64_t> r(kBankBands, 0);
  for (size_t k = 0; k < kBankBands; ++k) {
    for (size_t t = 0; t + kBankTaps <= kBankSamples; t += kBankStride) {
      int64_t acc = 0;
      for (size_t j = 0; j < kBankTaps; ++j) acc += w[k * kBankTaps + j] * x[t + j];
      // requant: h = floor(acc / 2^17), y = h + 1 of a pure shift
      r[k] += std::clamp<int64_t>((acc >> 17) + 1, 0, 127);
    }
    r[k] = Rounded(r[k], s.output_shift, kSpeakerOutputMax);
  }
  std::vector<int32_t> e;
  for (size_t i = 0; i < 64; ++i) {
    int64_t acc = s.bias[i];
    for (size_t k = 0; k < kBankBands; ++k) acc += s.projection[i * kBankBands + k] * r[k];
    e.push_back(static_cast<int32_t>(Rounded(acc, s.shift, 127)));
  }
  return e;
}

class Hearing : public testing::Test {
 protected:
  Hearing() : c_(TestFrontEnd()), rng_(3) {
    network_ = *SpeakerNetwork::Read(BankFile(), Section(), c_);
    const auto graph = network_->At(c_, kFrames);
    EXPECT_TRUE(graph.ok()) << graph.error().message;
    auto relation = graph->BuildStandalone();
    EXPECT_TRUE(relation.ok()) << relation.error().message;
    relation_ = *std::move(relation);
    samples_.resize(size_t{c_.Rows(kFrames)} * c_.RowWidth());
    for (size_t n = 0; n < samples_.size(); ++n) {
      samples_[n] = static_cast<int32_t>(5000 * std::sin(0.11 * double(n)) + double(rng_() % 3000));
    }
    mask_.resize(kFrames / 2);
    for (int32_t& m : mask_) m = static_cast<int32_t>(rng_() % 2);
  }
  std::vector<int32_t> Embedding(const std::vector<int32_t>& samples) const {
    const auto executor = Executor::Make(relation_);
    const auto found =
        executor->Infer({{"samples", samples}, {"mask", mask_}}, {"embedding"}, nullptr);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found->at("embedding");
  }
  TensorId Named(const std::string& name) const {
    for (size_t t = relation_.tensors.size(); t-- > 0;) {
      if (relation_.tensors[t].name == name) return static_cast<TensorId>(t);
    }
    ADD_FAILURE() << "no tensor " << name;
    return 0;
  }

  FrontEndConfig c_;
  std::mt19937 rng_;
  std::shared_ptr<const SpeakerNetwork> network_;
  Relation relation_;
  std::vector<int32_t> samples_, mask_;
};

TEST_F(Hearing, IsThatOfTheDocument) {
  const auto e = Embedding(samples_);
  EXPECT_EQ(e, Expected(Section(), samples_, mask_));
  EXPECT_GT(std::ranges::count_if(e, [](int32_t x) { return std::abs(x) > 3; }), 20);
}

TEST_F(Hearing, NothingOutsideTheMaskReachesTheNetwork) {
  const auto e = Embedding(samples_);
  std::vector<int32_t> other = samples_;
  for (size_t n = 0; n < other.size(); ++n) {
    if (n >= 80 * kFrames || mask_[n / 160] == 0) other[n] = static_cast<int32_t>(rng_() % 8000);
  }
  EXPECT_EQ(Embedding(other), e);
  for (size_t n = 0; n < 80 * kFrames; ++n) {
    if (mask_[n / 160] == 1) other[n] = static_cast<int32_t>(rng_() % 8000);
  }
  EXPECT_NE(Embedding(other), e);
}

TEST_F(Hearing, AProverWhoLetsItHearMoreIsCaught) {
  const Inputs honest{{"samples", samples_}, {"mask", mask_}};
  auto w = Execute(relation_, honest, nullptr);
  ASSERT_TRUE(w.ok()) << w.error().message;
  ASSERT_TRUE(CheckRelation(relation_, *w).ok());
  // Everything is computed with one 20 ms more; then the mask is said to be the honest one.
  Inputs more = honest;
  const auto slot = std::ranges::find(mask_, 0) - mask_.begin();
  more["mask"][static_cast<size_t>(slot)] = 1;
  auto lie = Execute(relation_, more, nullptr);
  ASSERT_TRUE(lie.ok());
  (*lie)[Named("mask")] = mask_;
  ASSERT_TRUE(FillMultiplicities(relation_, &*lie).ok());
  const Status caught = CheckRelation(relation_, *lie);
  ASSERT_FALSE(caught.ok());
  EXPECT_NE(caught.error().message.find("product"), std::string::npos) << caught.error().message;
}

// Single cells of what is heard, of the network and of the embedding, changed by one, by two
// and to another's value: the constraints hold, not the prover's own checks.
TEST_F(Hearing, EveryTensorIsBound) {
  const RelationHarness harness(relation_);
  const auto w = harness.Run({{"samples", samples_}, {"mask", mask_}});
  ASSERT_TRUE(w.ok()) << w.error().message;
  ASSERT_TRUE(harness.Accepts(*w));
  std::set<std::string> seen;
  for (size_t t = 0; t < relation_.tensors.size(); ++t) {
    const std::string& name = relation_.tensors[t].name;
    const bool ours =
        name.starts_with("heard.") || name.starts_with("net.") || name.starts_with("embedding");
    const auto id = static_cast<TensorId>(t);
    if (!ours || std::ranges::count(relation_.multiplicities, id) != 0) continue;
    seen.insert(name.substr(0, name.find_first_of(".", name.find('.') + 1)));
    const std::vector<int32_t>& honest = (*w)[t];
    for (const size_t cell : {size_t{0}, rng_() % honest.size(), honest.size() - 1}) {
      for (const int32_t other : {honest[cell] + 1, honest[cell] - 2}) {
        EXPECT_FALSE(harness.AcceptsWith(*w, id, cell, other))
            << name << "[" << cell << "] " << honest[cell] << " -> " << other;
      }
    }
  }
  for (const char* name : {"heard.samples", "net.x", "net.relu", "heard.rounded", "embedding"}) {
    EXPECT_EQ(seen.count(name), 1u) << name;
  }
}

// Features, and the mask as an input of its own: sums over time of both.
TEST(HearingFeatures, AndTheMask) {
  constexpr uint32_t kNetworkFrames = 240, kSlots = 130;
  const FrontEndConfig c = TestFrontEnd();
  QuantisedModel m;
  m.name = "sums";
  // Octaves of power in steps of 1/24: 16 of a feature's make 24 of the network's.
  m.inputs = {{"f",
               {kNetworkFrames, 32},
               -150,
               150,
               {"features", {{1, 32, kNetworkFrames}, {{}, {1}, {0}}}, 1.0 / 24}},
              {"m", {kSlots}, 0, 8, {"mask", {{kSlots}, {{0}}}, 0.125}}};
  m.nodes = {{"of f", "sum", {"f"}, {{"axes", std::vector<int64_t>{0}}}},
             {"of m", "sum", {"m"}, {{"axes", std::vector<int64_t>{0}}}},
             {"row", "reshape", {"of m"}, {{"dims", std::vector<int64_t>{1, 1}}}},
             {"both", "concat", {"of f", "row"}, {{"axis", int64_t{-1}}}}};
  m.output = {"both", {"embedding", {{33}, {{1}}}, 1}};
  const auto file = *WriteModel(m);
  auto draft = DraftSection(file, c, std::nullopt);
  ASSERT_TRUE(draft.ok()) << draft.error().message;
  SpeakerSection s = *draft;
  EXPECT_EQ(s.inputs[0].mult, 3);
  EXPECT_EQ(s.inputs[0].shift, 1);
  EXPECT_EQ(s.inputs[1].mult, 8);
  s.output_shift = 2;
  s.shift = 3;
  std::fill(s.projection.begin(), s.projection.end(), 0);
  for (size_t i = 0; i < 33; ++i) s.projection[i * 33 + i] = 1;
  const auto network = SpeakerNetwork::Read(file, s, c);
  ASSERT_TRUE(network.ok()) << network.error().message;
  EXPECT_TRUE((*network)->pools_by_mask());
  EXPECT_EQ((*network)->At(c, 242).error().code, ErrorCode::kInvalidArgument);
  const auto relation = (*network)->At(c, kFrames)->BuildStandalone();
  ASSERT_TRUE(relation.ok()) << relation.error().message;
  std::mt19937 rng(5);
  std::vector<int32_t> features(kFrames * 32), mask(kFrames / 2);
  for (int32_t& f : features) f = static_cast<int32_t>(rng() % 256) - 128;
  for (int32_t& v : mask) v = static_cast<int32_t>(rng() % 2);
  const auto executor = Executor::Make(*relation);
  const auto e = executor->Infer({{"features", features}, {"mask", mask}}, {"embedding"}, nullptr);
  ASSERT_TRUE(e.ok()) << e.error().message;
  std::vector<int32_t> expected(64, 0);
  for (size_t band = 0; band < 32; ++band) {
    int64_t sum = 0;
    for (size_t t = 0; t < kFrames; ++t) {
      const double f = features[t * 32 + band] * mask[t / 2];
      sum += std::clamp<int64_t>(std::llround(std::floor(1.5 * f + 0.5)), -150, 150);
    }
    expected[band] = static_cast<int32_t>(Rounded(Rounded(sum, 2, 2047), 3, 127));
  }
  const auto ones = std::accumulate(mask.begin(), mask.end(), int64_t{0});
  expected[32] = static_cast<int32_t>(Rounded(Rounded(8 * ones, 2, 2047), 3, 127));
  EXPECT_EQ(e->at("embedding"), expected);
}

TEST(SpeakerSections, TheRatioOfStepsIsExact) {
  const SpeakerSection s = Section();
  ASSERT_EQ(s.inputs.size(), 1u);
  EXPECT_EQ(s.inputs[0].mult, 2);  // 1/16384 in steps of 1/32768
  EXPECT_EQ(s.inputs[0].shift, 0);
}

class HostileSpeaker : public testing::Test {
 protected:
  HostileSpeaker() {
    json_ = ReadBytes(VectorPath("random_bundle/bundle.json"));
    weights_ = ReadBytes(VectorPath("random_bundle/weights.bin"));
  }
  static Bytes ReadBytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Error With(const QuantisedModel& model, SpeakerSection section) const {
    section.projection.resize(64 * 16);
    section.bias.resize(64);
    const auto made = MakeSpeakerBundle(json_, weights_, *WriteModel(model), section,
                                        {.name = "h", .operating_point = ""});
    return made.ok() ? Error{ErrorCode::kInternal, "was accepted"} : made.error();
  }
  /// The error after a change of the document of a good bundle.
  Error After(const std::function<void(json&)>& change) const {
    const auto made = MakeSpeakerBundle(json_, weights_, BankFile(), Section(),
                                        {.name = "h", .operating_point = ""});
    EXPECT_TRUE(made.ok()) << made.error().message;
    json document = json::parse(made->json);
    change(document);
    const std::string text = document.dump();
    const auto parsed = ParseBundle(Bytes(text.begin(), text.end()), made->weights);
    return parsed.ok() ? Error{ErrorCode::kInternal, "was accepted"} : parsed.error();
  }
  void Expect(const Error& error, ErrorCode code, const std::string& part) const {
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
  }
  Bytes json_, weights_;
};

TEST_F(HostileSpeaker, Documents) {
  constexpr auto kBad = ErrorCode::kMalformed;
  const auto s = [](json& d) -> json& { return d["speaker"]; };
  Expect(After([&](json& d) { d.erase("speaker"); }), kBad, "'speaker' is missing");
  Expect(After([&](json& d) { d["format"] = 1; }), kBad, "");
  Expect(After([&](json& d) { s(d)["version"] = 2; }), ErrorCode::kUnsupported, "version 1");
  Expect(After([&](json& d) { s(d)["colour"] = 1; }), kBad, "unknown key 'colour'");
  Expect(After([&](json& d) { s(d)["model"]["bytes"] = 1 << 30; }), kBad, "beyond the weights");
  Expect(After([&](json& d) { s(d)["model"]["offset"] = INT64_MAX; }), kBad, "");
  Expect(After([&](json& d) { s(d)["model"]["offset"] = 0; }), kBad, "overlap");
  Expect(After([&](json& d) { s(d)["model"]["bytes"] = 100; }), kBad, "cut off");
  Expect(After([&](json& d) { s(d)["model"]["bytes"] = 0; }), kBad, "no voizk model");
  Expect(After([&](json& d) { s(d)["inputs"] = json::array(); }), kBad, "number of inputs");
  Expect(After([&](json& d) { s(d)["inputs"][0]["reads"] = "minds"; }), kBad, "'reads'");
  Expect(After([&](json& d) { s(d)["inputs"][0]["reads"] = "features"; }), kBad, "[filters]");
  Expect(After([&](json& d) { s(d)["inputs"][0]["reads"] = "mask"; }), kBad, "either samples");
  Expect(After([&](json& d) { s(d)["inputs"][0]["mult"] = -1; }), kBad, "'mult'");
  Expect(After([&](json& d) { s(d)["inputs"][0]["shift"] = 31; }), kBad, "'shift'");
  Expect(After([&](json& d) { s(d)["output_shift"] = 30; }), kBad, "'output_shift'");
  Expect(After([&](json& d) { s(d)["shift"] = 0; }), kBad, "'shift'");
  Expect(After([&](json& d) { s(d)["projection"]["shape"] = {64, 15}; }), kBad, "[64][16]");
  Expect(After([&](json& d) { s(d)["bias"]["shape"] = {63}; }), kBad, "bias");
  // A bucket that the network cannot hold.
  Expect(After([&](json& d) {
           d["buckets"] = {256, 512};
         }),
         ErrorCode::kInvalidArgument, "512 frames needs");
}

TEST_F(HostileSpeaker, Networks) {
  const SpeakerSection section = Section();
  QuantisedModel m = BankModel();
  m.nodes.pop_back();  // 639 frames of 16 bands
  m.output = {"relu", {"o", {{639, 16}, {{0}, {1}}}, 1}};
  Expect(With(m, section), ErrorCode::kMalformed, "no vector");
  m = BankModel();
  m.inputs[0].shape = {160, 128};
  m.inputs[0].quantity.layout = {{160, 128}, {{0}, {1}}};
  m.nodes.insert(
      m.nodes.begin(),
      {"flat", "reshape", {"x"}, {{"dims", std::vector<int64_t>{int64_t{kBankSamples}, 1}}}});
  m.nodes[1].inputs = {"flat"};  // a network that works, of an image
  Expect(With(m, section), ErrorCode::kMalformed, "is no one axis of values, as samples are");
  m = BankModel();
  m.inputs[0].lo = -(1 << 20);
  Expect(With(m, section), ErrorCode::kMalformed, "16 bits");
  m = BankModel();
  m.inputs[0].shape = {800, 1};
  m.inputs[0].quantity.layout.dims = {1, 1, 800};
  Expect(With(m, section), ErrorCode::kInvalidArgument, "no bucket of the base fits");
  m = BankModel();
  m.nodes[1].op = "teleport";
  Expect(With(m, section), ErrorCode::kUnsupported, "node 'relu' (teleport)");
  m = BankModel();
  m.nodes[1].inputs = {"sum"};
  Expect(With(m, section), ErrorCode::kMalformed, "node 'relu'");
  m = BankModel();
  m.output.node = "nobody";
  Expect(With(m, section), ErrorCode::kMalformed, "nobody");
  // A legal name of a graph with no room for the prefix; the longest that has it.
  m = BankModel();
  m.nodes[2].name = m.output.node = std::string(125, 'n');
  Expect(With(m, section), ErrorCode::kUnsupported, "node 'nnn");
  m.nodes[2].name = m.output.node = std::string(124, 'n');
  EXPECT_EQ(With(m, section).message, "was accepted");
  m = BankModel();
  m.nodes[0].attributes["stride"] = int64_t{0};
  Expect(With(m, section), ErrorCode::kInvalidArgument, "node 'conv' (conv1d)");
  m = BankModel();
  m.commitment.assign(1024, 0);
  Expect(With(m, section), ErrorCode::kUnsupported, "committed");
}

// Bytes of the model inside changed one by one: an error of the contract, or a bundle of another
// digest whose relation is there or is refused for its ranges.
TEST_F(HostileSpeaker, DamagedModels) {
  const auto made = MakeSpeakerBundle(json_, weights_, BankFile(), Section(),
                                      {.name = "h", .operating_point = ""});
  ASSERT_TRUE(made.ok());
  const size_t begin = json::parse(made->json)["speaker"]["model"]["offset"];
  const Bytes text(made->json.begin(), made->json.end());
  const auto whole = ParseBundle(text, made->weights);
  ASSERT_TRUE(whole.ok());
  std::mt19937 rng(1);
  size_t refused = 0, loaded = 0;
  for (int i = 0; i < 60; ++i) {
    Bytes damaged = made->weights;
    damaged[begin + rng() % 1200] ^= static_cast<uint8_t>(1 << rng() % 8);
    const auto parsed = ParseBundle(text, damaged);
    if (!parsed.ok()) {
      constexpr std::array kContract{ErrorCode::kMalformed, ErrorCode::kUnsupported,
                                     ErrorCode::kLimitExceeded, ErrorCode::kInvalidArgument};
      EXPECT_EQ(std::ranges::count(kContract, parsed.error().code), 1) << parsed.error().message;
      ++refused;
      continue;
    }
    ++loaded;
    EXPECT_NE((*parsed)->digest, (*whole)->digest);
    const auto graph = (*parsed)->speaker->At((*parsed)->features, (*parsed)->buckets.front());
    ASSERT_TRUE(graph.ok()) << graph.error().message;
    const auto relation = graph->BuildStandalone();
    if (!relation.ok()) {
      EXPECT_EQ(relation.error().code, ErrorCode::kUnsupported) << relation.error().message;
    }
  }
  EXPECT_GT(refused, 0u);
  EXPECT_GT(loaded, 0u);
}

// What the network holds, the front end's buffer may still be too long for: hop T is within 2^20
// samples, the last frame is not.
TEST_F(HostileSpeaker, RecordingsLongerThanAValue) {
  constexpr uint32_t kLongest = 1 << 20, kLong = 33824;
  QuantisedModel m;
  m.name = "long";
  m.inputs = {{"x", {kLongest}, -1, 1, {"samples", {{kLongest}, {{0}}}, 1.0 / 32768}}};
  m.nodes = {{"sum", "sum", {"x"}, {{"axes", std::vector<int64_t>{0}}}}};
  m.output = {"sum", {"embedding", {{1}, {{0}}}, 1}};
  SpeakerSection section = Section();
  section.projection.resize(64);
  FrontEndConfig c = TestFrontEnd();
  const auto network = SpeakerNetwork::Read(*WriteModel(m), section, c);
  ASSERT_TRUE(network.ok()) << network.error().message;
  c.hop = 31;
  c.frame = 8192;
  ASSERT_TRUE((*network)->CheckFits(c, kLong).ok());
  const auto graph = (*network)->At(c, kLong);
  ASSERT_FALSE(graph.ok());
  Expect(graph.error(), ErrorCode::kLimitExceeded, "node 'samples'");
}

// Weights that can carry an accumulator out of the field have no relation.
TEST_F(HostileSpeaker, WrappingAccumulators) {
  QuantisedModel m = BankModel();
  m.nodes[0].attributes["weight"] =
      Tensor32({kBankBands, kBankTaps, 1}, std::vector<int32_t>(kBankBands * kBankTaps, 32767));
  const auto network = SpeakerNetwork::Read(*WriteModel(m), Section(), TestFrontEnd());
  ASSERT_TRUE(network.ok()) << network.error().message;
  const auto relation = (*network)->At(TestFrontEnd(), kFrames)->BuildStandalone();
  ASSERT_FALSE(relation.ok());
  EXPECT_EQ(relation.error().code, ErrorCode::kUnsupported) << relation.error().message;
  EXPECT_NE(relation.error().message.find("net.conv"), std::string::npos)
      << relation.error().message;
}

}  // namespace
}  // namespace voizk
