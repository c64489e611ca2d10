// Networks from model files (`voizk model import`): quantised, with what turns real numbers into
// integers and back.  docs/import.md describes the file.  Proving and verifying are voizk/graph.h's.
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
  };

  /// kMalformed, kUnsupported, kLimitExceeded: not a model file, or not one that can be proven.
  static Result<Model> Read(std::span<const uint8_t> file);

  const std::string& name() const;
  /// SHA-256 of the file.
  const std::array<uint8_t, 32>& digest() const;
  const std::vector<Tensor>& inputs() const;
  const Tensor& output() const;
  /// In order; the rows of all tables that the network needs are a row of their own at the end.
  const std::vector<Row>& rows() const;

  /// Its inputs are the prover's secret, or part of the statement.
  Network network(bool public_inputs = false) const;

  /// Rounded to the nearest integer of an input and clipped to its range.  kInvalidArgument: another
  /// number of values, or one that is not finite.
  Result<std::vector<int32_t>> ToIntegers(size_t input, std::span<const float> reals) const;
  /// Of the output.
  Result<std::vector<float>> ToReals(std::span<const int32_t> integers) const;

 private:
  struct State;
  explicit Model(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace voizk

#endif  // VOIZK_MODEL_H_
