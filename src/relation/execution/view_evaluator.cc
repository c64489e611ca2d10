#include "relation/execution/view_evaluator.h"

#include <utility>
#include <variant>

#include "relation/execution/index_map.h"

namespace voizk {

namespace {

void AddScaled(int32_t coeff, std::span<const int32_t> in, std::span<int32_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<int32_t>(static_cast<uint32_t>(out[i]) +
                                  static_cast<uint32_t>(coeff) * static_cast<uint32_t>(in[i]));
  }
}

}  // namespace

ViewEvaluator::Key ViewEvaluator::MakeKey(const Term& term, const Conv& conv, const Shape& out) {
  return {
      term.tensor, conv.weights, static_cast<uint32_t>(conv.spatial),    conv.stride, conv.dilation,
      conv.pad,    conv.groups,  {out.dims[0], out.dims[1], out.dims[2]}};
}

Status ViewEvaluator::Prepare(const View& v) {
  for (const Term& term : v.terms) {
    const Conv* conv = std::get_if<Conv>(&term.op);
    if (conv == nullptr) continue;
    const Key key = MakeKey(term, *conv, v.shape);
    auto it = convolutions_.find(key);
    if (it == convolutions_.end()) {
      VOIZK_ASSIGN_OR_RETURN(Convolution made,
                             Convolution::Make(*conv, relation_->tensors[term.tensor],
                                               relation_->weights[conv->weights], v.shape));
      it = convolutions_.emplace(key, Entry{std::move(made), 0}).first;
    }
    ++it->second.uses;
  }
  return {};
}

uint64_t ViewEvaluator::Multiplications() const {
  uint64_t total = 0;
  for (const auto& [key, entry] : convolutions_) total += entry.convolution.multiplications();
  return total;
}

void ViewEvaluator::Session::AddConv(const Term& term, const Conv& conv, const Shape& out,
                                     SecureVector<int32_t>& values) {
  const Key key = MakeKey(term, conv, out);
  auto kept = kept_.find(key);
  if (kept == kept_.end()) {
    const Entry& entry = evaluator_.convolutions_.at(key);
    SecureVector<int32_t> result(entry.convolution.outputs());
    entry.convolution.Run(tensors_[term.tensor], result, pool_);
    kept = kept_.emplace(key, Kept{std::move(result), entry.uses}).first;
  }
  AddScaled(term.coeff, kept->second.values, values);
  if (--kept->second.uses_left == 0) kept_.erase(kept);
}

SecureVector<int32_t> ViewEvaluator::Session::Evaluate(const View& v) {
  SecureVector<int32_t> values(v.shape.Cells(), 0);
  for (const Term& term : v.terms) {
    if (const Conv* conv = std::get_if<Conv>(&term.op)) {
      AddConv(term, *conv, v.shape, values);
    } else {
      AddIndexMap(std::get<IndexMap>(term.op), term.coeff,
                  evaluator_.relation_->tensors[term.tensor].shape, tensors_[term.tensor], v.shape,
                  values);
    }
  }
  for (const ConstantTerm& constant : v.constants) AddConstant(constant, v.shape, values);
  return values;
}

}  // namespace voizk
