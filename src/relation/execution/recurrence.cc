#include "relation/execution/recurrence.h"

#include <algorithm>
#include <utility>

#include "base/secure.h"
#include "relation/certificate/certificate.h"
#include "relation/execution/index_map.h"
#include "relation/execution/steps.h"

namespace voizk {

namespace {

Error Broken(const std::string& name) {
  return {ErrorCode::kInternal, "recurrence '" + name + "' does not fit its relation"};
}

Shape RowOf(Shape shape) {
  shape.dims[0] = 1;
  return shape;
}

}  // namespace

size_t Recurrence::PlaceOf(TensorId t) const {
  return static_cast<size_t>(std::find(ids_.begin(), ids_.end(), t) - ids_.begin());
}

Result<Recurrence> Recurrence::Make(const Relation& relation, const Step& step,
                                    ViewEvaluator& evaluator) {
  Recurrence made(relation);
  made.reverse_ = !step.params.empty() && step.params[0] == 1;
  for (const Step& inner : step.body) {
    for (const TensorId t : inner.outputs) {
      if (made.PlaceOf(t) != made.ids_.size()) return Broken(step.name);
      const Tensor& tensor = relation.tensors[t];
      if (made.ids_.empty()) made.length_ = tensor.shape.dims[0];
      if (tensor.shape.dims[0] != made.length_) return Broken(step.name);
      made.ids_.push_back(t);
      made.tensors_.push_back({tensor.name, RowOf(tensor.shape), tensor.lo, tensor.hi});
    }
  }
  for (const Step& inner : step.body) VOIZK_RETURN_IF_ERROR(made.Prepare(inner, evaluator));
  return made;
}

Status Recurrence::Prepare(const Step& step, ViewEvaluator& evaluator) {
  if (step.kind == StepKind::kInput || step.kind == StepKind::kRecurrence) {
    return Broken(step.name);
  }
  RowStep row{step, {}};
  for (TensorId& t : row.step.outputs) t = static_cast<TensorId>(PlaceOf(t));
  for (View& v : row.step.views) {
    const Interval bound = BoundView(*relation_, v);
    if (v.shape.dims[0] != length_ || bound.lo < INT32_MIN || bound.hi > INT32_MAX) {
      return Broken(step.name);
    }
    auto split = Split(v);
    if (!split.ok()) return split.status();
    VOIZK_RETURN_IF_ERROR(evaluator.Prepare(split->given));
    row.views.push_back(std::move(split).value());
    v = View{RowOf(v.shape), {}, {}};
  }
  steps_.push_back(std::move(row));
  return {};
}

Result<Recurrence::RowView> Recurrence::Split(const View& v) const {
  RowView split{{v.shape, {}, v.constants}, {}, {}, RowOf(v.shape)};
  for (const Term& term : v.terms) {
    if (PlaceOf(term.tensor) == ids_.size()) {
      split.given.terms.push_back(term);
      continue;
    }
    const Tensor& tensor = relation_->tensors[term.tensor];
    if (const auto* map = std::get_if<IndexMap>(&term.op)) {
      OwnMap own{term.tensor, term.coeff, *map};
      own.begin = map->out_begin[0];
      own.end = map->out_end[0] == 0 ? length_ : map->out_end[0];
      own.map.out_begin[0] = own.map.out_end[0] = 0;
      for (size_t j = 0; j < map->sources.size(); ++j) {
        const DimSource& s = map->sources[j];
        if (s.kind != DimSource::Kind::kAffine || s.out_dim != 0) continue;
        own.source = j;
        own.stride = s.stride;
        own.offset = s.offset;
        own.map.sources[j] = DimSource{};
      }
      split.maps.push_back(std::move(own));
      continue;
    }
    Conv conv = std::get<Conv>(term.op);
    const Weights& weights = relation_->weights[conv.weights];
    if (conv.spatial != 1 || weights.shape.dims[1] != 1 || tensor.shape.rank > 2) {
      return Broken(tensor.name);
    }
    const int64_t stride = conv.stride[0], pad = conv.pad[0];
    conv.stride[0] = conv.dilation[0] = 1;
    conv.pad[0] = 0;
    const Tensor row{{}, MakeShape({1, tensor.shape.dims[1]}), tensor.lo, tensor.hi};
    VOIZK_ASSIGN_OR_RETURN(Convolution made, Convolution::Make(conv, row, weights, RowOf(v.shape)));
    split.convolutions.push_back({term.tensor, term.coeff, stride, pad, std::move(made)});
  }
  return split;
}

void Recurrence::AddOwn(const RowView& v, int64_t t, const Witness& witness,
                        std::span<int32_t> row) const {
  for (const OwnMap& own : v.maps) {
    if (t < own.begin || t >= own.end) continue;
    IndexMap map = own.map;
    const Shape& shape = relation_->tensors[own.tensor].shape;
    if (own.source != SIZE_MAX) {
      const int64_t at = own.stride * t + own.offset;
      if (at < 0 || at >= shape.dims[own.source]) continue;
      map.sources[own.source].offset = static_cast<int32_t>(at);
    }
    AddIndexMap(map, own.coeff, shape, witness[own.tensor], v.row, row);
  }
  for (const OwnConv& own : v.convolutions) {
    const Shape& shape = relation_->tensors[own.tensor].shape;
    const int64_t at = own.stride * t - own.pad;
    if (at < 0 || at >= shape.dims[0]) continue;
    const size_t length = shape.dims[1];
    SecureVector<int32_t> result(own.convolution.outputs());
    const std::span<const int32_t> cells = witness[own.tensor];
    own.convolution.Run(cells.subspan(static_cast<size_t>(at) * length, length), result, nullptr);
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] =
          static_cast<int32_t>(static_cast<uint32_t>(row[i]) +
                               static_cast<uint32_t>(own.coeff) * static_cast<uint32_t>(result[i]));
    }
  }
}

Status Recurrence::Run(ViewEvaluator::Session& session, std::span<const RowFinder> tables,
                       const HintRegistry& hints, Witness& witness) const {
  for (const TensorId t : ids_) witness[t].assign(relation_->tensors[t].shape.Cells(), 0);
  std::vector<std::vector<SecureVector<int32_t>>> given(steps_.size());
  for (size_t s = 0; s < steps_.size(); ++s) {
    for (const RowView& v : steps_[s].views) {
      for (const Term& term : v.given.terms) {
        if (witness[term.tensor].empty()) return Broken(steps_[s].step.name);
      }
      given[s].push_back(session.Evaluate(v.given));
    }
  }
  Witness rows(ids_.size());
  const ScopeEraser eraser(rows);
  for (uint32_t n = 0; n < length_; ++n) {
    const int64_t t = reverse_ ? length_ - 1 - n : n;
    for (size_t s = 0; s < steps_.size(); ++s) {
      const RowStep& step = steps_[s];
      std::vector<SecureVector<int64_t>> views;
      for (size_t k = 0; k < step.views.size(); ++k) {
        const size_t cells = step.views[k].row.Cells();
        const auto from = given[s][k].begin() + t * static_cast<std::ptrdiff_t>(cells);
        SecureVector<int32_t> row(from, from + static_cast<std::ptrdiff_t>(cells));
        AddOwn(step.views[k], t, witness, row);
        views.emplace_back(row.begin(), row.end());
      }
      const RowFinder* table = UsesTable(step.step.kind) ? &tables[step.step.table] : nullptr;
      VOIZK_RETURN_IF_ERROR(RunStep({tensors_, step.step, views, table, hints, rows}));
      for (const TensorId place : step.step.outputs) {
        std::copy(
            rows[place].begin(), rows[place].end(),
            witness[ids_[place]].begin() + t * static_cast<std::ptrdiff_t>(rows[place].size()));
      }
    }
  }
  return {};
}

}  // namespace voizk
