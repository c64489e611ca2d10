// What is known of each utterance: where it lies, who speaks, under which conditions.
#ifndef VOIZK_EVALUATION_TRIALS_UTTERANCE_TABLE_H_
#define VOIZK_EVALUATION_TRIALS_UTTERANCE_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
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
  static constexpr size_t kMaxColumns = 64;
  /// Bound what a table may make this program allocate: an utterance takes some 200 bytes, 32 for
  /// each column that is kept, and three times the bytes of its names.
  static constexpr size_t kMaxBytes = size_t{256} << 20;
  static constexpr size_t kMaxUtterances = 4'000'000;

  /// conditions: the columns that are kept beside `speaker`, as far as they are there; of others
  /// nothing is.  kMalformed, with file and line: no such column as `id`, columns missing or named
  /// twice, an id empty, a time that is none.  kLimitExceeded: a bound above, with file and line
  /// where it is one of lines.
  static Result<UtteranceTable> Parse(std::string_view text, const std::string& file,
                                      std::span<const std::string> conditions = {},
                                      size_t max_utterances = kMaxUtterances);

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
  /// The number of a column that is kept.
  std::optional<size_t> Column(std::string_view name) const;
  const std::string& Value(uint32_t row, size_t column) const {
    return values_[row * kept_.size() + column];
  }

 private:
  std::string file_;
  std::vector<std::string> kept_;  // names of columns
  Names ids_;
  std::vector<Piece> pieces_;
  std::vector<uint32_t> lines_;
  std::map<uint32_t, uint32_t> again_;  // row: the line that has its id again
  std::vector<std::string> values_;     // [row][kept column]
};

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_UTTERANCE_TABLE_H_
