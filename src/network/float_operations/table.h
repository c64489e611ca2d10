// All float operations, by the name that a file's node gives.  A new one is a line in its family's
// list and a line in docs/import.md.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_TABLE_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_TABLE_H_

#include <span>
#include <string_view>
#include <vector>

#include "network/float_operations/operation.h"

namespace voizk {

/// One per file of this folder.
std::span<const FloatOperation> ArithmeticOperations();
std::span<const FloatOperation> UnaryOperations();
std::span<const FloatOperation> ActivationOperations();
std::span<const FloatOperation> CastOperations();
std::span<const FloatOperation> ConvolutionOperations();
std::span<const FloatOperation> ConvTransposeOperations();
std::span<const FloatOperation> MatMulOperations();
std::span<const FloatOperation> NormalisationOperations();
std::span<const FloatOperation> PoolingOperations();
std::span<const FloatOperation> RecurrenceOperations();
std::span<const FloatOperation> ReductionOperations();
std::span<const FloatOperation> SelectionOperations();
std::span<const FloatOperation> RearrangementOperations();
std::span<const FloatOperation> PadOperations();
std::span<const FloatOperation> GatherOperations();
std::span<const FloatOperation> ShapeOperations();
std::span<const FloatOperation> SoftmaxOperations();
std::span<const FloatOperation> SequenceOperations();

/// Null when there is none.  If and Loop are not in the table: execute.h runs them.
const FloatOperation* FindFloatOperation(std::string_view op);

/// May a file's node be of this operation?  If and Loop too; Affine, MaskedSoftmax and Silu are our
/// own.
bool IsOnnxOperation(std::string_view op);

/// Sorted; with If and Loop.
std::vector<std::string_view> FloatOperationNames();

}  // namespace voizk

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_TABLE_H_
