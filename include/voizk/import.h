// ONNX files to model files (voizk/model.h): reads a float network, runs it, quantises it.  Library
// voizk::import, which links protobuf; docs/import.md says what is understood and how steps are
// chosen.
#ifndef VOIZK_IMPORT_H_
#define VOIZK_IMPORT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "voizk/result.h"

namespace voizk {

/// A float network with fixed shapes.  Immutable, cheap to copy, safe to use from several threads.
class FloatNetwork {
 public:
  struct Tensor {
    std::string name;
    std::vector<int64_t> dims;
    bool integers = false;  // numbers of tokens, given as floats that are integers
    uint64_t size() const;  // number of values
  };
  struct Options {
    /// Of inputs whose dims the file leaves open.
    std::map<std::string, std::vector<int64_t>> dims = {};
    /// Inputs that are one number for ever ("sr" = 16000).
    std::map<std::string, double> values = {};
    /// Which output; empty: the only one.
    std::string output = {};
    /// Asked now and then; true ends the call with kRefused.
    std::function<bool()> interrupted = {};
  };
  /// kNotFound, kIo; kMalformed, kUnsupported, kLimitExceeded, kInvalidArgument (options) name the
  /// node, its operation and the rule.
  static Result<FloatNetwork> Read(const std::string& path, const Options& options);

  /// Those that are left, in the file's order.
  const std::vector<Tensor>& inputs() const;
  const Tensor& output() const;

  /// One run: values of each input, row-major.
  using Sample = std::vector<std::vector<float>>;
  Result<std::vector<float>> Evaluate(const Sample& sample, int threads = 1) const;

  struct Quantising {
    int bits = 8;         // of activations, 4 to 16
    int input_bits = 16;  // of inputs at most, 4 to 16
    int threads = 1;
    /// Called with the number of samples done.
    std::function<void(size_t)> progress = {};
    std::function<bool()> interrupted = {};
  };
  /// How far the integers of one value are from the floats, on the last sample.
  struct LayerError {
    std::string name;  // of the value in the float network
    std::string op;    // ONNX's, that made it
    std::vector<int64_t> dims;
    double step = 1;
    double error = 0, signal = 0;  // root mean squares, of the difference and of the float value
  };
  /// The model file.  kUnsupported: an operation without an integer form, or ranges that do not
  /// fit; kInvalidArgument: no samples, or one that does not fit.
  Result<std::vector<uint8_t>> Quantise(std::span<const Sample> samples, const Quantising& options,
                                        std::vector<LayerError>* errors = nullptr) const;

 private:
  struct State;
  explicit FloatNetwork(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace voizk

#endif  // VOIZK_IMPORT_H_
