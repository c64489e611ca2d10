// Networks from model files (`voizk model import`): quantised, with what turns real numbers into
// integers and back.  docs/import.md describes the file.  Proving and verifying are
// voizk/graph.h's.
#ifndef VOIZK_MODEL_H_
#define VOIZK_MODEL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "voizk/graph.h"
#include "voizk/result.h"

namespace voizk {

/// Immutable, cheap to copy, safe to use from several threads.
class Model {
 public:
  /// An input or the output: real = step * integer.
  struct Tensor {
    std::string node;           // the network's name for it, key of Inputs
    std::string name;           // in the file that was imported
    std::vector<int64_t> dims;  // likewise; the order of ToIntegers' and ToReals' numbers
    double step = 1;
    int64_t lo = 0, hi = 0;  // integers
  };
  /// What a node costs (docs/graph.md, 2).
  struct Row {
    std::string node, op;
    std::vector<uint32_t> shape;  // of the integer tensor
    int64_t lo = 0, hi = 0;
    uint64_t cells = 0, lookups = 0, products = 0, weights = 0;
    std::vector<std::string> inputs = {};  // nodes that it reads
  };

  /// A model file; one whose weights are committed (CommittedModel::open), which verifies; or the
  /// key of one, which proves and evaluates as well.  kMalformed, kUnsupported, kLimitExceeded:
  /// none of them, or not one that can be proven.
  static Result<Model> Read(std::span<const uint8_t> file);

  const std::string& name() const;
  /// SHA-256 of the file; of a key, that of the file that verifies.
  const std::array<uint8_t, 32>& digest() const;
  /// Whether the weights are committed; whether they are here nevertheless, from a key.
  bool committed() const;
  bool has_key() const;
  /// Of a key: the prover's inputs beside inputs().  Secret.
  const Inputs& secrets() const;
  const std::vector<Tensor>& inputs() const;
  const Tensor& output() const;
  /// In order; the rows of all tables that the network needs are a row of their own at the end.
  const std::vector<Row>& rows() const;

  /// What a proof takes, predicted from the counts of rows() by constants that were measured on one
  /// machine (docs/import.md, 7): an estimate, within a factor of 3 on machines alike.
  struct Estimate {
    double seconds = 0;
    uint64_t bytes = 0;  // of memory at its peak
  };
  Estimate EstimateProof(int threads) const;

  /// Its inputs are the prover's secret, or part of the statement.
  Network network(bool public_inputs = false) const;

  /// Rounded to the nearest integer of an input and clipped to its range.  kInvalidArgument:
  /// another number of values, or one that is not finite.
  Result<std::vector<int32_t>> ToIntegers(size_t input, std::span<const float> reals) const;
  /// Of the output.
  Result<std::vector<float>> ToReals(std::span<const int32_t> integers) const;

 private:
  struct State;
  explicit Model(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// A model whose weights are its owner's secret: many proofs against one commitment.
struct CommittedModel {
  SecureVector<uint8_t> key;  // secret: weights and salt
  std::vector<uint8_t> open;  // public: architecture and commitment, for Model::Read of a verifier
};

/// Draws a salt and commits to the weights of all conv1d, conv2d, dense and lstm layers.  What
/// stays public is said in docs/import.md, 8.  kUnsupported, naming the node: weights of other
/// layers, or larger ones than docs/import.md says; kLimitExceeded: too many taps, groups or cells.
/// Library voizk::voizk.
Result<CommittedModel> CommitModel(std::span<const uint8_t> model_file);

/// One run of a model, as far as a proof of it shows it.
struct ModelRun {
  std::vector<int32_t> output;               // integers, in the network's order
  std::vector<float> real_output;            // in the order of output().dims
  std::vector<std::vector<int32_t>> inputs;  // those of the statement; empty where they are secret
};

/// A proof file: "I know inputs on which this model gives this output", or with public inputs "on
/// these inputs it gives this output", bound to the model's digest and to `context` (any bytes of
/// the caller's).  `inputs`: reals in the order of inputs().  Errors as ProveNetwork and
/// ToIntegers. The run is written to `run` where that is given.  Library voizk::voizk.
Result<std::vector<uint8_t>> ProveModel(const Model& model,
                                        std::span<const std::vector<float>> inputs,
                                        bool public_inputs, std::span<const uint8_t> context,
                                        int threads = 1, ModelRun* run = nullptr);

/// The run that a proof file shows, once it is verified.  kProofMalformed, kProofRejected (another
/// model, context or run included).  Any bytes are safe.  Library voizk::verifier.
Result<ModelRun> VerifyModel(const Model& model, std::span<const uint8_t> context,
                             std::span<const uint8_t> proof);

/// The run on these inputs, without a proof.  Library voizk::voizk.
Result<ModelRun> EvaluateModel(const Model& model, std::span<const std::vector<float>> inputs,
                               int threads = 1);

}  // namespace voizk

#endif  // VOIZK_MODEL_H_
