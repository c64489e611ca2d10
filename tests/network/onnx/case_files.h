// What make_cases.py writes: a network, inputs, and what ONNX Runtime computes of them.
#ifndef VOIZK_TESTS_NETWORK_ONNX_CASE_FILES_H_
#define VOIZK_TESTS_NETWORK_ONNX_CASE_FILES_H_

#include <string>
#include <vector>

#include "network/float_graph/tensor.h"

namespace voizk {

struct OnnxCase {
  std::string name;
  std::string model;  // path
  std::vector<FloatTensor> inputs, outputs;
};

/// Of the folder that CMake names; empty when the cases could not be made there.
std::vector<OnnxCase> LoadCases();

/// Largest difference of two tensors, relative to 1 or the largest value of the reference; infinity
/// when types, dims, integers or NaNs differ.
double Difference(const FloatTensor& ours, const FloatTensor& reference);

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_ONNX_CASE_FILES_H_
