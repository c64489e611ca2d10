#include "relation/builder/builder.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <numeric>

#include "relation/builder/index_maps.h"
#include "relation/certificate/bound.h"
#include "relation/core/structure.h"

namespace voizk {

namespace {

// Tables of the same ends are common in a hostile model, and comparing each with each is slow.
int64_t SumOf(const std::vector<int32_t>& values) {
  uint64_t sum = 0;
  for (const int32_t v : values) sum = sum * 0x9e3779b97f4a7c15 + static_cast<uint32_t>(v);
  return static_cast<int64_t>(sum);
}

/// Of making and certifying a view, and the bytes that it takes.
uint64_t WorkOf(const View& v) {
  uint64_t work = 256;
  for (const Term& term : v.terms) {
    work += 16;
    const auto* const map = std::get_if<IndexMap>(&term.op);
    if (map == nullptr) continue;
    for (const DimSource& source : map->sources) work += source.weights.size() / 4;
  }
  for (const ConstantTerm& c : v.constants) work += c.values.size() / 4;
  return work;
}

}  // namespace

void Builder::Fail(ErrorCode code, std::string message) {
  if (failed_) return;
  failed_ = true;
  error_ = Error{code, std::move(message)};
}

const Tensor& Builder::tensor(TensorId t) const {
  static const Tensor kNone{"", MakeShape({1}), 0, 0};
  return t < relation_.tensors.size() ? relation_.tensors[t] : kNone;
}

TensorId Builder::AddTensor(std::string name, Shape shape, int64_t lo, int64_t hi) {
  if (!IsValidShape(shape)) {
    Fail(ErrorCode::kUnsupported, "tensor " + name + ": shape out of limits");
    shape = MakeShape({1});
  }
  if (lo > hi || lo < -kHalfModulus || hi > kHalfModulus) {
    Fail(ErrorCode::kUnsupported, "tensor " + name + ": range leaves (-p/2, p/2)");
    lo = hi = 0;
  }
  if (relation_.tensors.size() >= kMaxTensors) {
    Fail(ErrorCode::kLimitExceeded, "too many tensors");
    return 0;
  }
  relation_.tensors.push_back({std::move(name), shape, lo, hi});
  return static_cast<TensorId>(relation_.tensors.size() - 1);
}

WeightsId Builder::AddWeights(Shape shape, std::vector<int32_t> values) {
  if (!IsValidShape(shape) || values.size() != shape.Cells()) {
    Fail("weights do not match their shape");
    shape = MakeShape({1});
    values.assign(1, 0);
  }
  Weights weights{shape, std::move(values)};
  weights.range = RangeOf(weights);
  relation_.weights.push_back(std::move(weights));
  return static_cast<WeightsId>(relation_.weights.size() - 1);
}

TableId Builder::AddTable(std::string name, std::vector<int32_t> keys,
                          std::vector<int32_t> values) {
  if (keys.empty() || keys.size() != values.size() || keys.size() > kMaxTableRows) {
    Fail("table " + name + ": columns of unequal or unsupported length");
    keys = values = {0};
  }
  const TableKey ends{static_cast<int64_t>(keys.size()),
                      keys.front(),
                      keys.back(),
                      values.front(),
                      values.back(),
                      SumOf(values)};
  const auto [begin, end] = tables_.equal_range(ends);
  for (auto it = begin; it != end; ++it) {
    const Table& t = relation_.tables[it->second];
    if (t.keys == keys && t.values == values) return it->second;
  }
  const auto id = static_cast<TableId>(relation_.tables.size());
  if (id >= kMaxTables || keys.size() > kMaxAllRows - rows_) {
    Fail(ErrorCode::kLimitExceeded, "table " + name + ": too many tables, or rows in all of them");
    return 0;
  }
  rows_ += keys.size();
  tables_.emplace(ends, id);
  relation_.tables.push_back({std::move(name), std::move(keys), std::move(values)});
  return id;
}

std::optional<TableId> Builder::FindRangeTable(int64_t lo, int64_t hi) const {
  const auto [begin, end] = tables_.equal_range({hi - lo + 1, lo, hi, 0, 0, 0});
  for (auto it = begin; it != end; ++it) {
    const Table& t = relation_.tables[it->second];
    bool same = true;  // no early exit: the loop is vectorised
    for (size_t i = 0; i < t.keys.size(); ++i) {
      same &= int64_t{t.keys[i]} == lo + static_cast<int64_t>(i);
      same &= t.values[i] == 0;
    }
    if (same) return it->second;
  }
  return std::nullopt;
}

TableId Builder::RangeTable(int64_t lo, int64_t hi) {
  if (lo > hi || lo < INT32_MIN || hi > INT32_MAX || hi - lo >= int64_t{kMaxTableRows}) {
    Fail("range table out of limits");
    lo = hi = 0;
  }
  if (const auto found = FindRangeTable(lo, hi)) return *found;
  std::vector<int32_t> keys(static_cast<size_t>(hi - lo + 1));
  std::iota(keys.begin(), keys.end(), static_cast<int32_t>(lo));
  std::vector<int32_t> values(keys.size(), 0);
  return AddTable("range", std::move(keys), std::move(values));
}

bool Builder::Accepts(const View& v, std::string_view where) {
  const Status status = CheckView(relation_, v);
  if (!status.ok()) Fail(status.error().code, std::string(where) + ": " + status.error().message);
  return status.ok();
}

View Builder::Checked(View v, std::string_view where) {
  return Accepts(v, where) ? std::move(v) : View{MakeShape({1}), {}, {}};
}

bool Builder::Spend(uint64_t work) {
  work_ += std::min(work, kMaxWork + 1 - std::min(work_, kMaxWork + 1));
  if (work_ <= kMaxWork) return true;
  Fail(ErrorCode::kLimitExceeded, "more than 2^26 units of work to build the relation");
  return false;
}

View Builder::Identity(TensorId t) const {
  const Shape& shape = tensor(t).shape;
  return {shape, {{t, 1, IdentityMap(shape.rank)}}, {}};
}

void Builder::AddLookup(Lookup lookup) {
  if (!Spend(WorkOf(lookup.key) + (lookup.has_value ? WorkOf(lookup.value) : 0))) return;
  relation_.lookups.push_back(std::move(lookup));
}

void Builder::AddProduct(Product product) {
  if (!Spend(WorkOf(product.a) + WorkOf(product.b) + WorkOf(product.c))) return;
  relation_.products.push_back(std::move(product));
}

void Builder::AddEquality(View v) {
  if (Spend(WorkOf(v))) relation_.equalities.push_back({std::move(v)});
}

void Builder::AddPublicInput(std::string name, View v, int64_t lo, int64_t hi) {
  relation_.publics.push_back({scope_ + name, std::move(v), lo, hi});
}

void Builder::AddLatticeCommitment(LatticeCommitment commitment) {
  relation_.commitments.push_back(std::move(commitment));
}

void Builder::AddStep(Step step) {
  uint64_t work = 0;
  for (const View& v : step.views) work += WorkOf(v);
  if (step.kind == StepKind::kInput) step.name = scope_ + step.name;
  if (Spend(work)) relation_.steps.push_back(std::move(step));
}

std::vector<Step> Builder::TakeSteps(size_t first) {
  std::vector<Step>& steps = relation_.steps;
  const auto from = steps.begin() + static_cast<std::ptrdiff_t>(std::min(first, steps.size()));
  std::vector<Step> taken(std::make_move_iterator(from), std::make_move_iterator(steps.end()));
  steps.erase(from, steps.end());
  return taken;
}

Interval Builder::Bound(const View& v) const {
  if (!CheckView(relation_, v).ok()) return {INT64_MIN, INT64_MAX};
  return BoundView(relation_, v);
}

Status Builder::Complete() {
  if (failed_) return error_;
  if (!to_commit_.empty()) {
    return {ErrorCode::kUnsupported, "secret weights here have no commitment"};
  }
  uint64_t lookups = 0;
  for (const Lookup& l : relation_.lookups) lookups += l.key.shape.Cells();
  const int64_t most = static_cast<int64_t>(std::min<uint64_t>(lookups, kHalfModulus));
  for (const Table& t : relation_.tables) {
    relation_.multiplicities.push_back(static_cast<TensorId>(relation_.tensors.size()));
    relation_.tensors.push_back({"multiplicities of " + t.name,
                                 MakeShape({static_cast<uint32_t>(t.keys.size())}), 0, most});
  }
  return {};
}

Result<Relation> Builder::Finish() && {
  VOIZK_RETURN_IF_ERROR(Complete());
  VOIZK_RETURN_IF_ERROR(Certify(relation_));
  return std::move(relation_);
}

Result<CertifiedRelation> Builder::FinishCertified() && {
  VOIZK_RETURN_IF_ERROR(Complete());
  return CertifiedRelation::Make(std::make_shared<const Relation>(std::move(relation_)));
}

}  // namespace voizk
