#include "network/float_operations/table.h"

#include <map>

namespace voizk {

namespace {

using Table = std::map<std::string_view, const FloatOperation*>;

const Table& AllOperations() {
  static const Table table = [] {
    Table t;
    for (const auto family :
         {ArithmeticOperations, UnaryOperations, ActivationOperations, CastOperations,
          ConvolutionOperations, ConvTransposeOperations, MatMulOperations, NormalisationOperations,
          PoolingOperations, RecurrenceOperations, ReductionOperations, SelectionOperations,
          RearrangementOperations, PadOperations, GatherOperations, ShapeOperations,
          SoftmaxOperations, SequenceOperations}) {
      for (const FloatOperation& operation : family()) t.emplace(operation.op, &operation);
    }
    return t;
  }();
  return table;
}

}  // namespace

const FloatOperation* FindFloatOperation(std::string_view op) {
  const auto found = AllOperations().find(op);
  return found == AllOperations().end() ? nullptr : found->second;
}

bool IsOnnxOperation(std::string_view op) {
  if (op == "Affine" || op == "MaskedSoftmax" || op == "RowMoments" || op == "Silu") return false;
  return op == "If" || op == "Loop" || FindFloatOperation(op) != nullptr;
}

std::vector<std::string_view> FloatOperationNames() {
  std::map<std::string_view, int> names{{"If", 0}, {"Loop", 0}};
  for (const auto& [name, operation] : AllOperations()) names.emplace(name, 0);
  std::vector<std::string_view> sorted;
  sorted.reserve(names.size());
  for (const auto& [name, zero] : names) sorted.push_back(name);
  return sorted;
}

}  // namespace voizk
