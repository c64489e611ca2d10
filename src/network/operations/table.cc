#include "network/operations/table.h"

#include <algorithm>

#include "network/operations/choice.h"
#include "network/operations/committed.h"
#include "network/operations/conv1d.h"
#include "network/operations/conv2d.h"
#include "network/operations/conv_transpose.h"
#include "network/operations/dense.h"
#include "network/operations/divide.h"
#include "network/operations/dot.h"
#include "network/operations/elementwise.h"
#include "network/operations/gru.h"
#include "network/operations/limbs.h"
#include "network/operations/lstm.h"
#include "network/operations/matmul.h"
#include "network/operations/normalise.h"
#include "network/operations/pool.h"
#include "network/operations/rearrange.h"
#include "network/operations/reduce.h"
#include "network/operations/requant.h"
#include "network/operations/reshape.h"
#include "network/operations/rnn.h"
#include "network/operations/softmax.h"
#include "network/operations/stats_pool.h"
#include "network/operations/table_activation.h"
#include "network/operations/wide_table.h"

namespace voizk {
namespace {

template <typename Op>
std::shared_ptr<const Operation> Read(AttributeReader& attributes) {
  return std::make_shared<const Op>(Op::Read(attributes));
}

/// Operations without attributes.
template <typename Op>
std::shared_ptr<const Operation> Plain(AttributeReader&) {
  return std::make_shared<const Op>();
}

template <typename Op, int kSpatial>
std::shared_ptr<const Operation> Pool(AttributeReader& attributes) {
  return std::make_shared<const Op>(op::PoolWindows::Read(attributes, kSpatial));
}

template <int kSpatial>
std::shared_ptr<const Operation> Transposed(AttributeReader& attributes) {
  return std::make_shared<const op::ConvTranspose>(op::ConvTranspose::Read(attributes, kSpatial));
}

template <op::Softmax::Kind kKind>
std::shared_ptr<const Operation> SoftmaxOf(AttributeReader& attributes) {
  return std::make_shared<const op::Softmax>(op::Softmax::Read(attributes, kKind));
}

template <op::CommittedLinear::Kind kKind>
std::shared_ptr<const Operation> Committed(AttributeReader& attributes) {
  return std::make_shared<const op::CommittedLinear>(op::CommittedLinear::Read(attributes, kKind));
}

std::shared_ptr<const Operation> CommittedLstm(AttributeReader& attributes) {
  return std::make_shared<const op::Lstm>(op::Lstm::ReadCommitted(attributes));
}

constexpr OperationEntry kTable[] = {
    {"conv1d", "Conv1d", Read<op::Conv1d>},
    {"conv2d", "Conv2d", Read<op::Conv2d>},
    {"conv_transpose1d", "ConvTranspose1d", Transposed<1>},
    {"conv_transpose2d", "ConvTranspose2d", Transposed<2>},
    {"dense", "Dense", Read<op::Dense>},
    {"committed_dense", "CommittedDense", Committed<op::CommittedLinear::Kind::kDense>},
    {"committed_conv1d", "CommittedConv1d", Committed<op::CommittedLinear::Kind::kConv1d>},
    {"committed_conv2d", "CommittedConv2d", Committed<op::CommittedLinear::Kind::kConv2d>},
    {"matmul", "MatMul", Read<op::MatMul>},
    {"requant", "Requant", Read<op::Requant>},
    {"table_activation", "Table", Read<op::TableActivation>},
    {"wide_table", "WideTable", Read<op::WideTable>},
    {"maxpool1d", "MaxPool1d", Pool<op::MaxPool, 1>},
    {"maxpool2d", "MaxPool2d", Pool<op::MaxPool, 2>},
    {"avgpool1d", "AvgPool1d", Pool<op::MeanPool, 1>},
    {"avgpool2d", "AvgPool2d", Pool<op::MeanPool, 2>},
    {"dot", "Dot", Read<op::Dot>},
    {"sum", "Sum", Read<op::Sum>},
    {"mean", "Mean", Read<op::Mean>},
    {"max", "Max", Read<op::Max>},
    {"mean_time", "MeanTime", Plain<op::MeanTime>},
    {"stats_pool", "StatsPool", Plain<op::StatsPool>},
    {"softmax", "Softmax", SoftmaxOf<op::Softmax::Kind::kSoftmax>},
    {"log_softmax", "LogSoftmax", SoftmaxOf<op::Softmax::Kind::kLogSoftmax>},
    {"logsumexp", "LogSumExp", SoftmaxOf<op::Softmax::Kind::kLogSumExp>},
    {"normalise", "Normalise", Read<op::Normalise>},
    {"lstm", "Lstm", Read<op::Lstm>},
    {"committed_lstm", "CommittedLstm", CommittedLstm},
    {"gru", "Gru", Read<op::Gru>},
    {"rnn", "Rnn", Read<op::Rnn>},
    {"add", "Add", Plain<op::Add>},
    {"sub", "Sub", Plain<op::Sub>},
    {"mul", "Mul", Plain<op::Mul>},
    {"div", "Div", Read<op::Div>},
    {"sqrt", "Sqrt", Read<op::Sqrt>},
    {"limbs", "Limbs", Read<op::Limbs>},
    {"offset", "Offset", Read<op::Offset>},
    {"scale", "Scale", Read<op::Scale>},
    {"concat", "Concat", Read<op::Concat>},
    {"slice", "Slice", Read<op::Slice>},
    {"gather", "Gather", Read<op::Gather>},
    {"transpose", "Transpose", Read<op::Transpose>},
    {"reshape", "Reshape", Read<op::Reshape>},
    {"pad", "Pad", Read<op::Pad>},
    {"broadcast", "Broadcast", Plain<op::Broadcast>},
    {"one_hot", "OneHot", Read<op::OneHot>},
    {"argmax", "ArgMax", Plain<op::ArgMax>},
};

}  // namespace

std::span<const OperationEntry> OperationTable() { return kTable; }

const OperationEntry* FindOperation(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kTable), std::end(kTable),
                   [name](const OperationEntry& entry) { return entry.name == name; });
  return found == std::end(kTable) ? nullptr : found;
}

}  // namespace voizk
