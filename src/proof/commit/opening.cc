#include "proof/commit/opening.h"

#include <algorithm>
#include <utility>

#include "algebra/field/bytes.h"
#include "proof/commit/column_leaf.h"

namespace voizk {
namespace {

template <int D>
Result<OpenedColumn<D>> ParseColumn(const CommitParams& params, ByteReader* proof) {
  OpenedColumn<D> column;
  const size_t start = proof->position();
  VOIZK_ASSIGN_OR_RETURN(column.bytes, proof->Bytes(params.column_bytes()));
  const uint8_t* in = column.bytes.data() + kSaltBytes;
  const uint8_t* bad = nullptr;
  const auto parse = [&](auto* x) {
    if (!ParseCanonical(in, x)) bad = in;
    in += std::remove_pointer_t<decltype(x)>::kBytes;
  };
  column.rows.resize(params.rows);
  for (Fp& cell : column.rows) parse(&cell);
  parse(&column.g);
  column.tableau.resize(params.tableau_rows());
  for (Ext<D>& cell : column.tableau) parse(&cell);
  parse(&column.h0);
  parse(&column.h1);
  parse(&column.h2);
  if (bad == nullptr) return column;
  return NotCanonical(*proof, start + static_cast<size_t>(bad - column.bytes.data()));
}

template <int D>
Result<ResponseColumn<D>> ParseResponseColumn(const CommitParams& params, ByteReader* proof) {
  ResponseColumn<D> column;
  const size_t start = proof->position();
  VOIZK_ASSIGN_OR_RETURN(column.bytes, proof->Bytes(params.response_column_bytes()));
  column.rows.resize(params.response_rows());
  for (size_t i = 0; i < column.rows.size(); ++i) {
    const size_t at = i * Ext<D>::kBytes;
    if (!ParseCanonical(column.bytes.data() + at, &column.rows[i])) {
      return NotCanonical(*proof, start + at);
    }
  }
  return column;
}

Result<Digest> ParseDigest(ByteReader* proof) {
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan bytes, proof->Bytes(sizeof(Digest)));
  Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

}  // namespace

Result<Digest> ReceiveRoot(Transcript* transcript, ByteReader* proof) {
  VOIZK_ASSIGN_OR_RETURN(const Digest root, ParseDigest(proof));
  transcript->AbsorbDigest("root", root);
  return root;
}

Status ReceiveWork(const CommitParams& params, Transcript* transcript, ByteReader* proof) {
  if (params.work_bits == 0) return {};
  const uint64_t at = proof->position();
  VOIZK_ASSIGN_OR_RETURN(const uint64_t number, proof->U64());
  if (AbsorbWork(params, number, transcript)) return {};
  return Error{ErrorCode::kProofRejected, "the work before the lookups was not done",
               Rejection{Check::kWork, Rejection::Unit::kByte, at}};
}

template <int D>
Result<Opening<D>> Opening<D>::Parse(const CommitParams& params, ByteReader* proof) {
  Opening out;
  VOIZK_ASSIGN_OR_RETURN(out.v, ReadField<Ext<D>>(*proof));
  VOIZK_ASSIGN_OR_RETURN(out.mu, ReadField<Ext<D>>(*proof));
  VOIZK_ASSIGN_OR_RETURN(out.combined, ReadField<Ext<D>>(*proof));
  VOIZK_ASSIGN_OR_RETURN(out.sum, ReadField<Ext<D>>(*proof));
  VOIZK_ASSIGN_OR_RETURN(out.responses, ParseDigest(proof));
  for (int i = 0; i < params.response_rounds(); ++i) {
    std::array<Ext<D>, 2>& values = out.rounds.emplace_back();
    for (Ext<D>& value : values) {
      VOIZK_ASSIGN_OR_RETURN(value, ReadField<Ext<D>>(*proof));
    }
  }
  VOIZK_ASSIGN_OR_RETURN(out.fold, ReadFields<Ext<D>>(*proof, params.response_width()));
  for (uint32_t k = 0; k < params.queries; ++k) {
    VOIZK_ASSIGN_OR_RETURN(OpenedColumn<D> column, ParseColumn<D>(params, proof));
    out.columns.push_back(std::move(column));
  }
  for (uint32_t k = 0; k < params.response_queries; ++k) {
    VOIZK_ASSIGN_OR_RETURN(ResponseColumn<D> column, ParseResponseColumn<D>(params, proof));
    out.response_columns.push_back(std::move(column));
  }
  out.siblings_at = proof->position();
  VOIZK_ASSIGN_OR_RETURN(out.siblings, proof->Bytes(proof->remaining()));
  return out;
}

template struct Opening<4>;
template struct Opening<5>;

}  // namespace voizk
