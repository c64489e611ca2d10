// Any small network in zero knowledge, no voice in it: a person proves that the published network
// gives this score on inputs that stay secret. Links voizk::voizk; the lower half, which verifies,
// needs voizk::verifier alone.
#include <voizk/graph.h>

#include <cstdio>
#include <string_view>

namespace {

// dense 4 -> 3, ReLU, dense 3 -> 1. Requant: h = floor(acc / 2^3), y = clamp(h + 1, 0, 127).
voizk::Network PublishedNetwork() {
  voizk::Network network;
  const auto x = network.Input("x", {4}, -100, 100);
  const auto acc = network.Dense(x, 3, {3, -1, 2, 0, 1, 1, -4, 2, 0, 5, 1, -1}, {10, 0, -7});
  const auto hidden = network.Requant(acc, /*shift=*/3, /*mult=*/1, /*q=*/0, 0, 127);
  network.Dense(hidden, 1, {2, -3, 1}, {});
  return network;
}

int Fail(const char* what, const voizk::Status& status) {
  std::fprintf(stderr, "%s: %s\n", what, status.error().message.c_str());
  return 1;
}

}  // namespace

int main() {
  const voizk::Network network = PublishedNetwork();
  if (!network.status().ok()) return Fail("network", network.status());
  const std::string_view nonce = "what the verifier asked for, once";
  const std::span<const uint8_t> context(reinterpret_cast<const uint8_t*>(nonce.data()),
                                         nonce.size());

  // The prover.
  const voizk::Inputs secret{{"x", {40, -17, 66, 5}}};
  const auto score = voizk::EvaluateNetwork(network, secret);
  if (!score.ok()) return Fail("evaluate", score.status());
  const auto proof = voizk::ProveNetwork(network, secret, *score, context);
  if (!proof.ok()) return Fail("prove", proof.status());

  // The verifier: the network, the score, its nonce and the proof; nothing of x.
  const auto accepted = voizk::VerifyNetwork(network, *score, context, *proof);
  if (!accepted.ok()) return Fail("verify", accepted);
  const std::vector<int32_t> better{(*score)[0] + 1};
  if (voizk::VerifyNetwork(network, better, context, *proof).ok()) return 1;
  std::printf("score %d proven in %zu bytes; %d is rejected\n", (*score)[0], proof->size(),
              better[0]);
  return 0;
}
