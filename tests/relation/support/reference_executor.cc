#include "relation/support/reference_executor.h"

#include <algorithm>
#include <bit>

#include "relation/core/table_index.h"

namespace voizk {
namespace {

int64_t FloorDivide(int64_t a, int64_t b) {
  int64_t q = a / b;
  while (q * b > a) --q;
  while ((q + 1) * b <= a) ++q;
  return q;
}

class Executor {
 public:
  Executor(const Relation& r, const Inputs& inputs) : r_(r), inputs_(inputs) {
    w_.resize(r.tensors.size());
  }

  Status Run(const Step& s) {
    views_.clear();
    for (const View& v : s.views) views_.push_back(EvaluateView(r_, v, w_));
    switch (s.kind) {
      case StepKind::kInput:
        if (!inputs_.contains(s.name)) return Status(ErrorCode::kInvalidArgument, s.name);
        w_[s.outputs[0]] = inputs_.at(s.name);
        return Status();
      case StepKind::kCheckRange:
        for (int64_t x : views_[0]) {
          if (x < s.params[0] || x > s.params[1]) return Status(ErrorCode::kRefused, s.refusal);
        }
        return Status();
      case StepKind::kTable:
      case StepKind::kRequant:
        return Tables(s);
      case StepKind::kMaxDim:
      case StepKind::kOneHotMax:
      case StepKind::kProduct:
        return OverTrailingDims(s);
      case StepKind::kShiftClamp:
        return ShiftClamp(s);
      case StepKind::kTwoScales:
        return TwoScales(s);
      case StepKind::kCustom:
        return Status(ErrorCode::kUnsupported, "custom step " + s.name);
      default:
        return Pointwise(s);
    }
  }

  Witness Take() { return std::move(w_); }

 private:
  void Set(TensorId t, size_t i, int64_t x) {
    w_[t].resize(r_.tensors[t].shape.Cells());
    w_[t][i] = static_cast<int32_t>(x);
  }

  Status Tables(const Step& s) {
    const TableIndex index(r_.tables[s.table]);
    const int64_t shift = s.params[0];
    for (size_t i = 0; i < views_[0].size(); ++i) {
      const int64_t hi = FloorDivide(views_[0][i], int64_t{1} << shift);
      const int64_t row = index.FindKey(hi);
      if (row == TableIndex::kNone) return Status(ErrorCode::kRefused, s.refusal);
      Set(s.outputs.back(), i, r_.tables[s.table].values[static_cast<size_t>(row)]);
      if (shift > 0) Set(s.outputs[0], i, views_[0][i] - hi * (int64_t{1} << shift));
    }
    return Status();
  }

  Status OverTrailingDims(const Step& s) {
    const size_t cells = views_[0].size();
    size_t outputs = r_.tensors[s.outputs[0]].shape.Cells();
    if (s.kind == StepKind::kOneHotMax) {
      outputs = 1;
      for (int64_t d = 0; d < s.params[0]; ++d) {
        outputs *= s.views[0].shape.dims[static_cast<size_t>(d)];
      }
    }
    const size_t inner = cells / outputs;
    for (size_t o = 0; o < outputs; ++o) {
      int64_t sum = 0, best = INT64_MIN;
      size_t first = 0;
      for (size_t i = o * inner; i < (o + 1) * inner; ++i) {
        if (s.kind == StepKind::kProduct) sum += views_[0][i] * views_[1][i];
        for (const auto& v : views_) {
          if (v[i] <= best) continue;
          best = v[i];
          first = i;
        }
      }
      if (s.kind == StepKind::kOneHotMax) {
        for (size_t i = o * inner; i < (o + 1) * inner; ++i) Set(s.outputs[0], i, i == first);
      } else {
        Set(s.outputs[0], o, s.kind == StepKind::kProduct ? sum : best);
      }
    }
    return Status();
  }

  Status TwoScales(const Step& s) {
    for (size_t i = 0; i < views_[0].size(); ++i) {
      const int64_t v = views_[0][i];
      const bool fine = v >= s.params[2] && v < s.params[3];
      const int64_t unit = int64_t{1} << (fine ? s.params[1] : s.params[0]);
      Set(s.outputs[0], i, v - FloorDivide(v, unit) * unit);
      Set(s.outputs[1], i, fine);
    }
    return {};
  }

  Status ShiftClamp(const Step& s) {
    for (size_t i = 0; i < views_[0].size(); ++i) {
      const int64_t unit = int64_t{1} << s.params[0];
      const int64_t h = FloorDivide(views_[0][i], unit);
      const int64_t y = h < s.params[1] ? s.params[1] : h > s.params[2] ? s.params[2] : h;
      const int64_t parts[] = {views_[0][i] - h * unit, h > y ? h - y : 0, h < y ? y - h : 0};
      size_t next = 0;
      Set(s.outputs[next++], i, y);
      for (size_t k = 0; k < 3; ++k) {
        if ((s.params[3] >> k & 1) != 0) Set(s.outputs[next++], i, parts[k]);
      }
    }
    return Status();
  }

  Status Pointwise(const Step& s) {
    for (size_t i = 0; i < views_[0].size(); ++i) {
      const int64_t x = views_[0][i];
      const int64_t p0 = s.params.empty() ? 0 : s.params[0];
      if (s.kind == StepKind::kMaterial) Set(s.outputs[0], i, x);
      if (s.kind == StepKind::kLow) Set(s.outputs[0], i, x & ((int64_t{1} << p0) - 1));
      if (s.kind == StepKind::kShift) Set(s.outputs[0], i, x >> p0);
      if (s.kind == StepKind::kGreaterEq) Set(s.outputs[0], i, x >= 0);
      if (s.kind == StepKind::kLog2) {
        Set(s.outputs[0], i, std::bit_width(static_cast<uint64_t>(x)) - 1);
      }
      if (s.kind == StepKind::kBits) {
        for (int64_t j = 0; j < p0; ++j) {
          Set(s.outputs[0], i * static_cast<size_t>(p0) + static_cast<size_t>(j), x >> j & 1);
        }
      }
      if (s.kind == StepKind::kFloorDiv) {
        if (views_[1][i] < 1) return Status(ErrorCode::kRefused, "divisor");
        const int64_t q = FloorDivide(x, views_[1][i]);
        Set(s.outputs[0], i, q);
        Set(s.outputs[1], i, x - q * views_[1][i]);
      }
      if (s.kind == StepKind::kIsqrt) {
        int64_t root = 0;
        while ((root + 1) * (root + 1) <= x) ++root;
        Set(s.outputs[0], i, root);
        Set(s.outputs[1], i, x - root * root);
      }
    }
    return Status();
  }

  const Relation& r_;
  const Inputs& inputs_;
  Witness w_;
  std::vector<std::vector<int64_t>> views_;
};

}  // namespace

Result<Witness> RunSteps(const Relation& r, const Inputs& inputs) {
  Executor executor(r, inputs);
  for (const Step& s : r.steps) VOIZK_RETURN_IF_ERROR(executor.Run(s));
  Witness w = executor.Take();
  VOIZK_RETURN_IF_ERROR(FillMultiplicities(r, &w));
  return w;
}

}  // namespace voizk
