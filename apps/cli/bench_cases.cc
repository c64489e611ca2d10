#include "bench_cases.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "base/threads.h"
#include "bench_kernels.h"
#include "crypto/hash/rng.h"
#include "login/bundle/login_model.h"
#include "login/hints/hints.h"
#include "login/relation/login_relation.h"
#include "login/relation/template.h"
#include "network/samples/benchmark_networks.h"
#include "network/statement/network_public_values.h"
#include "proof/prover/prover.h"
#include "proof/security/table.h"
#include "proof/verifier/verifier.h"
#include "relation/execution/executor.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"
#include "voizk/memory.h"

namespace voizk::cli {
namespace {

constexpr double kPi = 3.14159265358979323846;

struct Case {
  std::function<Result<Instance>()> make;  // what both sides derive before the first message
  Inputs inputs;
};

Case CaseOf(Relation relation, Inputs inputs) {
  return {[shared = std::make_shared<const Relation>(std::move(relation))] {
            return Instance::Make(shared);
          },
          std::move(inputs)};
}

/// Something like a voice: syllables of a harmonic sound over faint noise, the same every time.
std::vector<int16_t> SyntheticSpeech(int rate_hz, double seconds) {
  std::vector<int16_t> pcm(static_cast<size_t>(rate_hz * seconds));
  uint32_t noise = 1;
  for (size_t n = 0; n < pcm.size(); ++n) {
    const double t = static_cast<double>(n) / rate_hz;
    const bool sounding = t > 0.08 && t < seconds - 0.08 && std::fmod(t, 0.4) < 0.3;
    double x = 0;
    for (int h = 1; sounding && h < 28; ++h) x += std::sin(2 * kPi * 140 * h * t) / std::sqrt(h);
    noise = noise * 1664525 + 1013904223;
    const double hiss = static_cast<double>(noise >> 16) / 65536.0 - 0.5;
    pcm[n] = static_cast<int16_t>(1500 * x + 100 * hiss);
  }
  return pcm;
}

/// The bundle's model with every threshold open.
LoginModel OpenModel(const Bundle& bundle) {
  LoginModel model = MakeLoginModel(bundle.shared_data());
  DecisionConfig& d = model.decision;
  d.margin_base = 1 << 24;
  d.inside_min = 1;
  d.outside_max = 1 << 20;
  d.embedding_norm2_min = 1;
  d.digits = {.frames_max = 1 << 16,
              .voiced_min = 0,
              .voiced_percent = 0,
              .share_percent_lo = 0,
              .share_percent_hi = 1600,
              .level_range = 1 << 15};
  return model;
}

Result<Embedding> EmbeddingOf(const LoginModel& model, uint32_t frames,
                              std::span<const int16_t> pcm) {
  VOIZK_ASSIGN_OR_RETURN(const Relation relation, BuildEnrolRelation(model, frames));
  VOIZK_ASSIGN_OR_RETURN(const Executor executor, Executor::Make(relation, LoginHints()));
  VOIZK_ASSIGN_OR_RETURN(const Inputs inputs, SplitPcm(model.front_end, frames, pcm));
  VOIZK_ASSIGN_OR_RETURN(const auto found, executor.Infer(inputs, {kEnrolEmbedding}, nullptr));
  Embedding e;
  std::ranges::copy(found.at(kEnrolEmbedding), e.begin());
  return e;
}

Result<Case> LoginCase(const Bundle& bundle, double seconds) {
  LoginModel model = OpenModel(bundle);
  const auto pcm = SyntheticSpeech(bundle.sample_rate_hz(), seconds);
  VOIZK_ASSIGN_OR_RETURN(const uint32_t frames, BucketFor(bundle.data(), pcm.size()));
  VOIZK_ASSIGN_OR_RETURN(const Embedding embedding, EmbeddingOf(model, frames, pcm));
  VOIZK_ASSIGN_OR_RETURN(const VoiceTemplate values,
                         AverageEmbeddings(model.decision, std::span(&embedding, 1)));
  model.decision.theta_q12 = 1;  // the phrase pools other frames than enrolment did
  VOIZK_ASSIGN_OR_RETURN(const TemplateSalt salt, MakeSalt());
  const LoginPublic login{"bench.example",
                          {4, 0, 7, 1, 9},
                          ComputeCommitment(values, salt, "bench.example", bundle.digest())};
  VOIZK_ASSIGN_OR_RETURN(const PublicInputValues publics,
                         LoginPublicInputs(model.decision, model.bundle_digest, login));
  VOIZK_ASSIGN_OR_RETURN(Relation relation,
                         BuildLoginRelation(model, {frames, login.phrase.size()}));
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs,
                         LoginInputs(model.front_end, frames, pcm, values, salt, publics));
  return CaseOf(std::move(relation), std::move(inputs));
}

Result<Case> LogMelCase(const Bundle& bundle) {
  const FrontEndConfig& c = bundle.data().features;
  const auto pcm = SyntheticSpeech(bundle.sample_rate_hz(), 1.0);
  const uint32_t frames = FramesFor(c, pcm.size());
  VOIZK_ASSIGN_OR_RETURN(Relation relation, BuildFrontEndRelation(c, frames, false));
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs, SplitPcm(c, frames, pcm));
  return CaseOf(std::move(relation), std::move(inputs));
}

Result<Case> NetworkCase(Result<SampleNetwork> network) {
  if (!network.ok()) return network.error();
  VOIZK_ASSIGN_OR_RETURN(Relation relation, network->graph.BuildStandalone());
  return CaseOf(std::move(relation), std::move(network->inputs));
}

/// An imported network on numbers drawn evenly from the ranges of its inputs, always the same.
Case ModelCase(const Model& model) {
  uint32_t random = 1;
  Inputs inputs;
  for (const Model::Tensor& input : model.inputs()) {
    const int64_t count = std::accumulate(input.dims.begin(), input.dims.end(), int64_t{1},
                                          std::multiplies<int64_t>());
    std::vector<int32_t>& values = inputs[input.node];
    values.resize(static_cast<size_t>(count));
    const uint64_t span = static_cast<uint64_t>(input.hi - input.lo) + 1;
    for (int32_t& value : values) {
      random = random * 1664525 + 1013904223;
      value = static_cast<int32_t>(input.lo + static_cast<int64_t>((random >> 4) % span));
    }
  }
  return {[network = model.network()] { return MakeNetworkInstance(network); }, std::move(inputs)};
}

Result<Case> MakeCase(const std::string& name, const Bundle* bundle, const Model* model) {
  if (model != nullptr) return ModelCase(*model);
  if (name == "lenet5") return NetworkCase(LeNet5());
  if (name == "speech1d") return NetworkCase(Speech1d());
  if (name == "vgg16") return NetworkCase(Vgg16());
  if (bundle == nullptr) return Error{ErrorCode::kNotFound, name + " needs a bundle"};
  if (name == "logmel") return LogMelCase(*bundle);
  return LoginCase(*bundle, name == "login7s" ? 7.0 : 3.0);
}

/// Least share of nonzero cells over tensors of activations (claimed range 0 .. 127).
double LeastNonzero(const Relation& relation, const Witness& witness) {
  double least = 1;
  for (size_t t = 0; t < relation.tensors.size(); ++t) {
    const Tensor& tensor = relation.tensors[t];
    if (tensor.lo != 0 || tensor.hi != 127 || witness[t].empty()) continue;
    const auto zeros = std::ranges::count(witness[t], 0);
    least = std::min(least, 1 - static_cast<double>(zeros) / double(witness[t].size()));
  }
  return least;
}

/// attempts counts the runs in `least`.
void KeepLeast(const ProveStats& stats, ProveStats* least) {
  for (double ProveStats::*step :
       {&ProveStats::evaluate_s, &ProveStats::commit_s, &ProveStats::lookups_s,
        &ProveStats::products_s, &ProveStats::batch_s, &ProveStats::open_s}) {
    if (least->attempts == 0 || stats.*step < least->*step) least->*step = stats.*step;
  }
  ++least->attempts;
}

Status Measure(const Case& bench, int repeats, ThreadPool* pool, BenchRow* row) {
  const auto start = std::chrono::steady_clock::now();
  VOIZK_ASSIGN_OR_RETURN(const Instance instance, bench.make());
  row->setup_s = SecondsSince(start);
  VOIZK_ASSIGN_OR_RETURN(const Executor executor,
                         Executor::Make(instance.relation(), LoginHints()));
  const KeepMemory keep;  // as a program that proves again and again does
  Result<Witness> witness(ErrorCode::kInternal, "not run");
  Result<std::vector<uint8_t>> proof(ErrorCode::kInternal, "not run");
  PublicValues public_values;
  Runs infer, prove;
  for (int i = 0; i < repeats; ++i) {
    infer.Time([&] { witness = executor.Execute(bench.inputs, pool); });
    if (!witness.ok()) return witness.error();
    if (i == 0) {
      row->nonzero_least = LeastNonzero(instance.relation(), *witness);
      public_values.SetInputs(PublicInputsOf(instance.relation(), *witness));
    }
    prove.Time([&] {
      ProveStats stats;
      proof = ProveAndErase(instance, public_values, &witness.value(), pool, &stats);
      KeepLeast(stats, &row->steps);
    });
  }
  row->infer_s = infer.best;
  row->prove_s = prove.best;
  row->prove_first_s = prove.first;
  row->prove_cpu_s = prove.cpu;
  if (!proof.ok()) return proof.error();
  Status verified;
  row->verify_s = BestOf(repeats, [&] { verified = Verify(instance, public_values, *proof); });
  VOIZK_RETURN_IF_ERROR(verified);
  const RelationCounts counts = CountRelation(instance.relation());
  row->proof_bytes = proof->size();
  row->activations = counts.activations;
  row->lookups = counts.lookups + counts.table_rows;
  row->committed = counts.committed;
  row->soundness_bits = TotalBits(SoundnessTable(instance.params(), instance.counts()));
  return {};
}

}  // namespace

const std::vector<std::string>& BenchNames() {
  static const std::vector<std::string> kNames{"login",    "logup",  "commit", "lenet5",
                                               "speech1d", "logmel", "vgg16",  "login7s"};
  return kNames;
}

Result<BenchRow> RunBench(const std::string& name, const Bundle* bundle, const Model* model,
                          int threads, int repeats, int log_items) {
  BenchRow row;
  row.name = name;
  row.threads = threads;
  row.calibration_ns = CalibrationNanoseconds(repeats);
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  if (name == "logup" || name == "commit") {
    const KernelResult kernel = name == "logup" ? LookupKernel(log_items, repeats, &pool)
                                                : CommitKernel(log_items, repeats, &pool);
    row.prove_s = kernel.seconds;
    row.lookups = name == "logup" ? kernel.items : 0;
    row.committed = name == "commit" ? kernel.items : 0;
    row.ns_per_item = kernel.seconds * 1e9 / static_cast<double>(kernel.items);
    return row;
  }
  VOIZK_ASSIGN_OR_RETURN(const Case bench, MakeCase(name, bundle, model));
  VOIZK_RETURN_IF_ERROR(Measure(bench, repeats, &pool, &row));
  return row;
}

}  // namespace voizk::cli
