// Compares a quantised network with the float network that it was made of.
#ifndef VOIZK_TESTS_NETWORK_QUANTISE_COMPARE_H_
#define VOIZK_TESTS_NETWORK_QUANTISE_COMPARE_H_

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "float_net.h"
#include "network/model/convert.h"
#include "network/model/quantised_model.h"
#include "network/quantise/calibrate.h"
#include "network/quantise/quantise.h"
#include "relation/execution/executor.h"

namespace voizk {

struct Comparison {
  double error = 0;   // root mean square
  double signal = 0;  // root mean square of the float output, less its mean
};

// Quantises on forty samples, compares on two others.
inline Result<Comparison> Compare(FloatNet& net, FloatValueId output, int bits = 8) {
  const FloatGraph graph = net.Finish(output);
  std::vector<FloatSample> samples;
  for (int i = 0; i < 40; ++i) samples.push_back(net.RandomInputs());
  size_t next = 0;
  VOIZK_ASSIGN_OR_RETURN(
      const auto statistics,
      Calibrate(graph, [&] { return next < samples.size() ? &samples[next++] : nullptr; }, {}));
  QuantiseOptions options;
  options.bits = bits;
  VOIZK_ASSIGN_OR_RETURN(const QuantisedModel model, Quantise(graph, statistics, options));
  VOIZK_ASSIGN_OR_RETURN(const Graph integers, BuildGraph(model));
  VOIZK_ASSIGN_OR_RETURN(const Relation relation, integers.BuildStandalone());
  Comparison result;
  double count = 0, sum = 0, square = 0, error = 0;
  for (int run = 0; run < 2; ++run) {
    const std::vector<FloatTensor> inputs = net.RandomInputs();
    VOIZK_ASSIGN_OR_RETURN(const auto expected, Execute(graph, inputs));
    Inputs given;
    for (size_t i = 0; i < inputs.size(); ++i) {
      VOIZK_ASSIGN_OR_RETURN(given[model.inputs[i].name],
                             ToIntegers(model.inputs[i], inputs[i].floats()));
    }
    VOIZK_ASSIGN_OR_RETURN(const Witness witness, Execute(relation, given, nullptr));
    TensorId out = 0;
    for (TensorId t = 0; t < relation.tensors.size(); ++t) {
      if (relation.tensors[t].name == model.output.node) out = t;
    }
    const Shape& shape = integers.shape(integers.output());
    VOIZK_ASSIGN_OR_RETURN(
        const auto reals,
        ToReals(model.output.quantity, std::span(shape.dims).first(static_cast<size_t>(shape.rank)),
                witness[out]));
    for (size_t i = 0; i < reals.size(); ++i) {
      const double y = expected[0].floats()[i];
      sum += y;
      square += y * y;
      error += (reals[i] - y) * (reals[i] - y);
      ++count;
    }
  }
  result.error = std::sqrt(error / count);
  result.signal = std::sqrt(square / count - sum * sum / count / count);
  return result;
}

// The error in parts of the signal.
inline void ExpectClose(FloatNet& net, FloatValueId output, double part) {
  const auto compared = Compare(net, output);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  EXPECT_LE(compared->error, part * compared->signal);
  EXPECT_GT(compared->signal, 0);
}

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_QUANTISE_COMPARE_H_
