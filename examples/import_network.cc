// An ONNX file to a proof: import_network FILE.onnx, whose dims are all fixed.  Measured on a few
// random inputs, which a real network would be measured on recordings for.  Links voizk::import;
// who verifies needs the model file and voizk::verifier alone.
#include <voizk/import.h>
#include <voizk/model.h>

#include <cstdio>
#include <random>
#include <vector>

namespace {

int Fail(const char* what, const voizk::Error& error) {
  std::fprintf(stderr, "%s: %s\n", what, error.message.c_str());
  return 1;
}

voizk::FloatNetwork::Sample RandomSample(const voizk::FloatNetwork& network, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  voizk::FloatNetwork::Sample sample;
  for (const auto& input : network.inputs()) {
    std::vector<float> values(input.size());
    for (float& v : values) v = normal(random);
    sample.push_back(std::move(values));
  }
  return sample;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto network = voizk::FloatNetwork::Read(argv[1], {});
  if (!network.ok()) return Fail("read", network.error());
  std::vector<voizk::FloatNetwork::Sample> samples;
  for (unsigned seed = 1; seed <= 16; ++seed) samples.push_back(RandomSample(*network, seed));
  const auto file = network->Quantise(samples, {});
  if (!file.ok()) return Fail("quantise", file.error());

  // The prover.
  const auto model = voizk::Model::Read(*file);
  if (!model.ok()) return Fail("model", model.error());
  voizk::ModelRun run;
  const auto proof = voizk::ProveModel(*model, samples[0], /*public_inputs=*/false, {}, 1, &run);
  if (!proof.ok()) return Fail("prove", proof.error());

  // The verifier: the model file and the proof; nothing of the inputs.
  const auto shown = voizk::VerifyModel(*model, {}, *proof);
  if (!shown.ok()) return Fail("verify", shown.error());
  if (shown->output != run.output) return 1;
  std::printf("an output of %zu numbers, the first %g, proven in %zu bytes\n",
              shown->real_output.size(), shown->real_output[0], proof->size());
  return 0;
}
