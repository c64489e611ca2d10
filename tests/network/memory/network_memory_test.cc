// Guards: whichever allocation fails, on whichever thread, the public network functions return
// kOutOfMemory; nothing throws, aborts or leaves a secret input in memory that was given back.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/failing_memory.h"
#include "voizk/graph.h"

namespace voizk {
namespace {

constexpr int kThreads = 3;

/// Inputs that are recognised in memory, in the types that secrets are held in.
struct Secrets {
  Inputs inputs;
  std::vector<std::string> patterns;
  Secrets() {
    std::vector<int32_t> x(64);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<int32_t>((i * i * 7 + 13 * i) % 101) - 50;
    const auto part = std::span(x).subspan(20, 6);
    patterns = {BytesAs<int32_t>(part), BytesAs<int64_t>(part), BytesAs<int16_t>(part)};
    inputs["x"] = std::move(x);
  }
};

/// A layer of each kind: linear, table, maximum, mean, product.
Network Some() {
  Network n;
  auto dims = WithEnoughMemory([] { return std::vector<uint32_t>{16, 4}; });
  auto layer = WithEnoughMemory([] {
    Network::Conv1dLayer l;
    l.outputs = 4;
    l.kernel = 3;
    l.group_inputs = 4;
    for (int32_t i = 0; i < 48; ++i) l.weight.push_back(i % 7 - 3);
    return l;
  });
  const auto x = n.Input("x", std::move(dims), -50, 50);
  const auto a = n.Requant(n.Conv1d(x, std::move(layer)), 2, 1, 0, 0, 127);
  const auto b = n.AvgPool1d(n.MaxPool1d(a, 2, 2), 2, 1);
  n.Requant(n.Mul(b, b), 6, 1, 0, 0, 255);
  return n;
}

/// Calls fn with the memory running out at every point in turn (every step-th once there are
/// many), until it is served to the end.
template <typename Fn>
void RunOutEverywhere(const char* what, uint64_t step, const Fn& fn) {
  uint64_t failures = 0;
  for (uint64_t at = 0;; at += at < 200 ? 1 : step) {
    ErrorCode code = ErrorCode::kInternal;
    bool ok = false;
    uint64_t asked = 0;
    {
      const FailingMemory memory(at);
      const Status status = fn();
      asked = memory.allocations();
      ok = status.ok();
      if (!ok) code = status.error().code;
    }
    if (ok) {
      ASSERT_LE(asked, at) << what << ": served with too little memory at " << at;
      break;
    }
    ++failures;
    ASSERT_EQ(code, ErrorCode::kOutOfMemory) << what << " at allocation " << at;
  }
  EXPECT_GT(failures, 20u) << what;
}

TEST(NetworkMemory, Building) {
  RunOutEverywhere("building", 1, [] { return Some().status(); });
}

TEST(NetworkMemory, Evaluating) {
  const Secrets secrets;
  const Network network = Some();
  const SecretWatch watch(secrets.patterns);
  RunOutEverywhere("EvaluateNetwork", 17,
                   [&] { return EvaluateNetwork(network, secrets.inputs, kThreads).status(); });
  EXPECT_EQ(watch.found(), 0u);
}

TEST(NetworkMemory, ProvingAndVerifying) {
  const Secrets secrets;
  const Network network = Some();
  const auto output = EvaluateNetwork(network, secrets.inputs);
  ASSERT_TRUE(output.ok()) << output.error().message;
  const SecretWatch watch(secrets.patterns);
  RunOutEverywhere("ProveNetwork", 29, [&] {
    return ProveNetwork(network, secrets.inputs, *output, {}, kThreads).status();
  });
  EXPECT_EQ(watch.found(), 0u);
  const auto proof = ProveNetwork(network, secrets.inputs, *output, {}, kThreads);
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  RunOutEverywhere("VerifyNetwork", 13,
                   [&] { return VerifyNetwork(network, *output, {}, *proof); });
}

/// The watch itself: it sees what is not erased.
TEST(NetworkMemory, WatchSeesSecrets) {
  const Secrets secrets;
  const SecretWatch watch(secrets.patterns);
  { const Inputs copy = secrets.inputs; }
  EXPECT_EQ(watch.found(), 1u);
}

}  // namespace
}  // namespace voizk
