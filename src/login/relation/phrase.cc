#include "login/relation/phrase.h"

#include <string>
#include <utility>
#include <vector>

#include "login/relation/even_digits.h"
#include "login/relation/phrase_states.h"
#include "login/relation/refusals.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/builder/views.h"
#include "relation/gadgets/boolean.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/range.h"

namespace voizk {
namespace {

TableId PairTable(Builder& b, const char* name,
                  const std::vector<std::pair<int32_t, int32_t>>& pairs) {
  std::vector<int32_t> keys, values;
  for (const auto& [key, value] : pairs) {
    keys.push_back(key);
    values.push_back(value);
  }
  return b.AddTable(name, std::move(keys), std::move(values));
}

void RequirePair(Builder& b, View key, View value, TableId table) {
  Lookup lookup;
  lookup.key = std::move(key);
  lookup.has_value = true;
  lookup.value = std::move(value);
  lookup.table = table;
  b.AddLookup(std::move(lookup));
}

void RequireMember(Builder& b, const char* name, View key, std::vector<int32_t> members) {
  Lookup lookup;
  lookup.key = std::move(key);
  std::vector<int32_t> zeros(members.size(), 0);
  lookup.table = b.AddTable(name, std::move(members), std::move(zeros));
  b.AddLookup(std::move(lookup));
}

// sum_i p_i over the digits: 1 in the phrase, 0 in pauses.
View InPhrase(Builder& b, TensorId position) {
  return ViewOf(b, position, MakeShape({b.tensor(position).shape.dims[0]}), {From(0), Summed()});
}

// The path follows the tables from a first to a last state, and label_t, position_t and digit_t fit
// state_t: one lookup of label + kClasses * (position + (L + 1) * digit).  The three are read back
// from that sum in one way, since label < kClasses, position <= L and digit is the phrase's or 0.
void RequirePath(Builder& b, const PhraseTables& s, TensorId state, TensorId label,
                 TensorId position, TensorId digit, uint32_t frames) {
  const Shape all = MakeShape({frames}), steps = MakeShape({frames - 1});
  std::vector<int32_t> classes, positions;
  for (int32_t y = 0; y < kClasses; ++y) classes.push_back(y);
  const auto length = static_cast<int32_t>(b.tensor(position).shape.dims[1]);
  for (int32_t i = 1; i <= length; ++i) positions.push_back(kClasses * i);
  const int32_t digit_unit = kClasses * (length + 1);
  std::vector<std::pair<int32_t, int32_t>> rows = s.labels;
  for (auto& [at, value] : rows) {
    value += kClasses * s.position[static_cast<size_t>(at)] +
             digit_unit * s.digit[static_cast<size_t>(at)];
  }
  View value = views::Add(ViewOf(b, label, all, {From(0), Summed(std::move(classes))}),
                          ViewOf(b, position, all, {From(0), Summed(std::move(positions))}));
  value = views::Add(value, views::Scale(b.Identity(digit), digit_unit));
  RequirePair(b, b.Identity(state), value, PairTable(b, "phrase label", rows));
  RequirePair(b, ViewOf(b, state, steps, {From(0)}), ViewOf(b, state, steps, {From(0, 1, 1)}),
              PairTable(b, "phrase transition", s.transitions));
  const Shape scalar = MakeShape({1});
  RequireMember(b, "phrase first", ViewOf(b, state, scalar, {At(0)}), s.first);
  RequireMember(b, "phrase last", ViewOf(b, state, scalar, {At(static_cast<int32_t>(frames) - 1)}),
                s.last);
}

void RequireOneHot(Builder& b, TensorId label, uint32_t frames) {
  gadgets::RequireBoolean(b, label);
  const View sum = ViewOf(b, label, MakeShape({frames}), {From(0), Summed()});
  b.AddEquality(views::Offset(sum, -1));
}

// Booleans, exactly one where the label is no pause's and none elsewhere.
void RequireOnePosition(Builder& b, TensorId position, TensorId label, uint32_t frames) {
  gadgets::RequireBoolean(b, position);
  View sum = InPhrase(b, position);
  for (const int32_t pause : {kClassSilence, kClassOther}) {
    sum = views::Add(sum, ViewOf(b, label, MakeShape({frames}), {From(0), At(pause)}));
  }
  b.AddEquality(views::Offset(sum, -1));
}

// M_t - c[t][y] >= 0 everywhere, and the labelled path's total is at most the margin.
void RequireCheapPath(Builder& b, TensorId logits, TensorId label, TensorId max, uint32_t frames,
                      int32_t margin) {
  const Shape shape = MakeShape({frames, static_cast<uint32_t>(kClasses)});
  const View above = views::Sub(ViewOf(b, max, shape, {From(0)}), b.Identity(logits));
  gadgets::NonNegative(b, above);
  const Shape whole = MakeShape({1, frames, static_cast<uint32_t>(kClasses)});
  const View excess =
      views::Sub(ViewOf(b, max, whole, {From(1)}), ViewOf(b, logits, whole, {From(1), From(2)}));
  const TensorId cost = gadgets::Mul(b, "phrase.cost", ViewOf(b, label, whole, {From(1), From(2)}),
                                     excess, MakeShape({1}));
  gadgets::NonNegative(b, views::Offset(views::Scale(b.Identity(cost), -1), margin),
                       kRefuseWrongWords);
}

}  // namespace

TensorId AddPhraseInput(Builder& b, size_t digits) {
  return gadgets::Public(b, kPhraseInput, MakeShape({static_cast<uint32_t>(digits)}), 0, 9);
}

TensorId RequirePhrase(Builder& b, const DecisionConfig& c, size_t digits, TensorId logits,
                       TensorId voiced, TensorId energy) {
  const Tensor scores = b.tensor(logits);
  const Result<PhraseTables> states = MakePhraseTables(c, digits);
  const uint32_t frames = scores.shape.dims[0];
  if (!states.ok() || scores.shape.rank != 2 ||
      scores.shape.dims[1] != static_cast<uint32_t>(kClasses) || frames < 2 ||
      b.tensor(voiced).shape.dims[0] + 1 < 2 * frames ||
      !(b.tensor(energy).shape == b.tensor(voiced).shape)) {
    b.Fail(states.ok() ? std::string("recogniser's output does not fit") : states.error().message);
    return logits;
  }
  const Shape all = MakeShape({frames});
  const TensorId state = b.AddTensor("phrase.state", all, 0, states->count - 1);
  const TensorId label = b.AddTensor("phrase.label", scores.shape, 0, 1);
  const TensorId max = b.AddTensor("phrase.max", all, scores.lo, scores.hi);
  const TensorId position =
      b.AddTensor("phrase.position", MakeShape({frames, static_cast<uint32_t>(digits)}), 0, 1);
  const int32_t margin = c.margin_base + c.margin_per_digit * static_cast<int32_t>(digits);
  const TensorId phrase = AddPhraseInput(b, digits);
  const View w = ViewOf(b, voiced, all, {From(0, 2)});
  std::vector<int64_t> params(c.min_frames.begin(), c.min_frames.end());
  const EvenDigits& d = c.digits;
  params.insert(params.end(), {c.phrase_digits_min, c.phrase_digits_max, margin, c.outside_max,
                               d.frames_max, d.voiced_min, d.voiced_percent, d.share_percent_lo,
                               d.share_percent_hi, d.level_range});
  b.AddStep(steps::Custom(
      kViterbiHint,
      {b.Identity(logits), w, ViewOf(b, energy, all, {From(0, 2)}), b.Identity(phrase)},
      {state, label, max, position}, std::move(params), kRefuseWrongWords));

  RequireOneHot(b, label, frames);
  RequireOnePosition(b, position, label, frames);
  const TensorId digit = gadgets::Mul(b, "phrase.digit", b.Identity(position),
                                      ViewOf(b, phrase, b.tensor(position).shape, {From(1)}), all);
  RequirePath(b, *states, state, label, position, digit, frames);
  gadgets::Range(b, b.Identity(max), scores.lo, scores.hi);
  RequireCheapPath(b, logits, label, max, frames, margin);

  const View in_phrase = InPhrase(b, position);
  const TensorId mask = b.AddTensor("phrase.mask", all, 0, 1);
  b.AddStep(steps::Product({}, w, in_phrase, mask));
  b.AddProduct({.a = w, .b = in_phrase, .c = b.Identity(mask)});
  gadgets::RequireBoolean(b, mask);  // follows from sum p <= 1, which the certificate does not see
  const View inside = Total(b, mask);
  gadgets::NonNegative(b, views::Offset(inside, -c.inside_min), kRefuseWrongWords);
  std::vector<int32_t> every_second(b.tensor(voiced).shape.dims[0], 0);
  for (uint32_t t = 0; t < frames; ++t) every_second[2 * t] = 1;
  const View voiced_total = ViewOf(b, voiced, MakeShape({1}), {Summed(std::move(every_second))});
  gadgets::NonNegative(b, views::Offset(views::Sub(inside, voiced_total), c.outside_max),
                       kRefuseWrongWords);
  RequireEvenDigits(b, c.digits, position, mask, energy);
  return mask;
}

}  // namespace voizk
