// What is known of each utterance: where it lies, who speaks, under which conditions.
#ifndef VOIZK_EVALUATION_TRIALS_UTTERANCE_TABLE_H_
#define VOIZK_EVALUATION_TRIALS_UTTERANCE_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/trials/names.h"

namespace voizk {

/// Columns are separated by tabs and named in the first line: `id` (or `utterance`), the name that
/// lists use; optional `path` (else the id is one), `speaker`, `start_s` and `duration_s` of the
/// utterance within the file; any others are conditions.
class UtteranceTable {
 public:
  /// A line each, so at most that many utterances.
  static constexpr size_t kMaxColumns = 64;

  /// kMalformed, with file and line: no such column, columns missing or named twice, an id
  /// empty, a time that is none.
  static Result<UtteranceTable> Parse(std::string_view text, const std::string& file);

  struct Piece {
    std::string path;
    double start_s = 0;
    double duration_s = 0;  // 0: to the end
  };

  const std::string& file() const { return file_; }
  /// The row.  kMalformed: the utterance is not there, or is there twice, which matters to nobody
  /// who does not ask for it.
  Result<uint32_t> Find(std::string_view id) const;
  const Piece& piece(uint32_t row) const { return pieces_[row]; }
  uint32_t line(uint32_t row) const { return lines_[row]; }
  /// The column's number, if it is there.
  std::optional<size_t> Column(std::string_view name) const;
  const std::string& Value(uint32_t row, size_t column) const {
    return values_[row * columns_.size() + column];
  }
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  Status ReadHeader(const std::vector<std::string_view>& fields, std::string_view where);

  std::string file_;
  std::vector<std::string> columns_;
  size_t id_column_ = 0;
  Names ids_;
  std::vector<Piece> pieces_;
  std::vector<uint32_t> lines_;
  std::map<uint32_t, uint32_t> again_;  // row: the line that has its id again
  std::vector<std::string> values_;     // [row][column]
};

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_UTTERANCE_TABLE_H_
