#include "relation/execution/executor.h"

#include <algorithm>
#include <utility>

#include "base/secure.h"
#include "relation/certificate/certificate.h"
#include "relation/execution/steps.h"

namespace voizk {

namespace {

Status RefersNowhere(const std::string& what) {
  return {ErrorCode::kInternal, what + " refers to a tensor or table that does not exist"};
}

bool RefersWithin(const Relation& r, const View& v) {
  return std::all_of(v.terms.begin(), v.terms.end(), [&](const Term& term) {
    const Conv* conv = std::get_if<Conv>(&term.op);
    return term.tensor < r.tensors.size() && (conv == nullptr || conv->weights < r.weights.size());
  });
}

SecureVector<int64_t> Widen(std::span<const int32_t> values) {
  return {values.begin(), values.end()};
}

}  // namespace

Result<Executor> Executor::Make(const Relation& relation, HintRegistry hints) {
  Executor executor(relation);
  executor.hints_ = std::move(hints);
  for (const Table& table : relation.tables) executor.tables_.emplace_back(table);
  VOIZK_RETURN_IF_ERROR(executor.PrepareSteps());
  for (const Lookup& lookup : relation.lookups) {
    if (lookup.table >= relation.tables.size() || !RefersWithin(relation, lookup.key) ||
        !RefersWithin(relation, lookup.value)) {
      return RefersNowhere("a lookup");
    }
    VOIZK_RETURN_IF_ERROR(executor.evaluator_.Prepare(lookup.key));
    if (lookup.has_value) VOIZK_RETURN_IF_ERROR(executor.evaluator_.Prepare(lookup.value));
  }
  return executor;
}

Status Executor::CheckStep(const Step& step) const {
  const bool ok = (!UsesTable(step.kind) || step.table < tables_.size()) &&
                  std::all_of(step.outputs.begin(), step.outputs.end(),
                              [&](TensorId t) { return t < relation_->tensors.size(); }) &&
                  std::all_of(step.views.begin(), step.views.end(),
                              [&](const View& v) { return RefersWithin(*relation_, v); });
  if (!ok) return RefersNowhere("step '" + step.name + "'");
  for (const Step& inner : step.body) VOIZK_RETURN_IF_ERROR(CheckStep(inner));
  return {};
}

Status Executor::PrepareSteps() {
  for (const Step& step : relation_->steps) {
    VOIZK_RETURN_IF_ERROR(CheckStep(step));
    std::vector<bool>& wide = wide_.emplace_back();
    if (step.kind == StepKind::kRecurrence) {
      VOIZK_ASSIGN_OR_RETURN(Recurrence made, Recurrence::Make(*relation_, step, evaluator_));
      recurrences_.push_back(std::move(made));
      continue;
    }
    for (const View& v : step.views) {
      // Constraints are certified to stay within 32 bits, but a hint's view need not be one.
      const Interval bound = BoundView(*relation_, v);
      wide.push_back(bound.lo < INT32_MIN || bound.hi > INT32_MAX);
      if (!wide.back()) VOIZK_RETURN_IF_ERROR(evaluator_.Prepare(v));
    }
  }
  return {};
}

Status Executor::ReadInput(const Step& step, const Inputs& inputs, Witness& witness) const {
  const auto input = inputs.find(step.name);
  if (step.outputs.empty() || input == inputs.end()) {
    return {ErrorCode::kInvalidArgument, "the input '" + step.name + "' is missing"};
  }
  const Tensor& tensor = relation_->tensors[step.outputs[0]];
  const std::vector<int32_t>& values = input->second;
  if (values.size() != tensor.shape.Cells()) {
    return {ErrorCode::kInvalidArgument, "the input '" + step.name + "' must have " +
                                             std::to_string(tensor.shape.Cells()) + " cells, has " +
                                             std::to_string(values.size())};
  }
  const bool inside = std::all_of(values.begin(), values.end(),
                                  [&](int32_t v) { return v >= tensor.lo && v <= tensor.hi; });
  if (!inside) return Refuse(step);
  witness[step.outputs[0]] = values;
  return {};
}

Status Executor::RunSteps(const Inputs& inputs, ViewEvaluator::Session& session,
                          Witness& witness) const {
  size_t recurrence = 0;
  for (size_t s = 0; s < relation_->steps.size(); ++s) {
    const Step& step = relation_->steps[s];
    if (step.kind == StepKind::kRecurrence) {
      VOIZK_RETURN_IF_ERROR(recurrences_[recurrence++].Run(session, tables_, hints_, witness));
      continue;
    }
    if (step.kind == StepKind::kInput) {
      VOIZK_RETURN_IF_ERROR(ReadInput(step, inputs, witness));
      continue;
    }
    std::vector<SecureVector<int64_t>> views;
    for (size_t k = 0; k < step.views.size(); ++k) {
      for (const Term& term : step.views[k].terms) {
        if (witness[term.tensor].empty()) {
          return {ErrorCode::kInternal, "step '" + step.name + "' reads a tensor before its step"};
        }
      }
      if (wide_[s][k]) {
        std::vector<int64_t> values = EvaluateView(*relation_, step.views[k], witness);
        const ScopeEraser eraser(values);
        views.emplace_back(values.begin(), values.end());
      } else {
        views.push_back(Widen(session.Evaluate(step.views[k])));
      }
    }
    const RowFinder* table = UsesTable(step.kind) ? &tables_[step.table] : nullptr;
    VOIZK_RETURN_IF_ERROR(RunStep({relation_->tensors, step, views, table, hints_, witness}));
  }
  return {};
}

// Multiplicities: by table, how often each row is looked up.
Status Executor::CountRows(ViewEvaluator::Session& session, Witness& witness) const {
  const Relation& r = *relation_;
  for (const TensorId m : r.multiplicities) witness[m].assign(r.tensors[m].shape.Cells(), 0);
  for (const Lookup& lookup : r.lookups) {
    const auto keys = session.Evaluate(lookup.key);
    const auto values = lookup.has_value ? session.Evaluate(lookup.value) : SecureVector<int32_t>();
    std::vector<int32_t>& counts = witness[r.multiplicities[lookup.table]];
    const RowFinder& table = tables_[lookup.table];
    const int32_t low_bits = static_cast<int32_t>((uint32_t{1} << lookup.shift) - 1);
    for (size_t i = 0; i < keys.size(); ++i) {
      const uint32_t row = table.Find(keys[i] >> lookup.shift, values.empty() ? 0 : values[i]);
      if (row == RowFinder::kNoRow || (keys[i] & low_bits) != 0) {
        return {ErrorCode::kRefused, "the input lies outside what the model accepts (table '" +
                                         r.tables[lookup.table].name + "')"};
      }
      ++counts[row];
    }
  }
  return {};
}

Result<Witness> Executor::Execute(const Inputs& inputs, ThreadPool* pool) const {
  Witness witness(relation_->tensors.size());
  const WitnessEraser eraser(witness);
  ViewEvaluator::Session session(evaluator_, witness, pool);
  VOIZK_RETURN_IF_ERROR(RunSteps(inputs, session, witness));
  for (size_t t = 0; t < witness.size(); ++t) {
    const auto& multiplicities = relation_->multiplicities;
    if (witness[t].empty() &&
        std::find(multiplicities.begin(), multiplicities.end(), t) == multiplicities.end()) {
      return {ErrorCode::kInternal, "no step computes '" + relation_->tensors[t].name + "'"};
    }
  }
  VOIZK_RETURN_IF_ERROR(CountRows(session, witness));
  return witness;
}

Result<std::map<std::string, std::vector<int32_t>>> Executor::Infer(
    const Inputs& inputs, const std::vector<std::string>& names, ThreadPool* pool) const {
  Witness witness(relation_->tensors.size());
  const WitnessEraser eraser(witness);
  ViewEvaluator::Session session(evaluator_, witness, pool);
  VOIZK_RETURN_IF_ERROR(RunSteps(inputs, session, witness));
  Inputs found;
  const InputsEraser erase_found(found);
  for (const std::string& name : names) {
    // The last of that name: gadgets name their inner tensors likewise, and before the result.
    const auto tensor = std::find_if(relation_->tensors.rbegin(), relation_->tensors.rend(),
                                     [&](const Tensor& t) { return t.name == name; });
    if (tensor == relation_->tensors.rend()) {
      return {ErrorCode::kNotFound, "the relation has no tensor named '" + name + "'"};
    }
    found[name] = witness[static_cast<size_t>(relation_->tensors.rend() - tensor) - 1];
  }
  return found;
}

Result<Witness> Execute(const Relation& relation, const Inputs& inputs, ThreadPool* pool,
                        const HintRegistry& hints) {
  VOIZK_ASSIGN_OR_RETURN(const Executor executor, Executor::Make(relation, hints));
  return executor.Execute(inputs, pool);
}

}  // namespace voizk
