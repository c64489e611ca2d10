#include "evaluation/trials/utterance_table.h"

#include <algorithm>

#include "evaluation/trials/line_reader.h"

namespace voizk {

std::optional<size_t> UtteranceTable::Column(std::string_view name) const {
  const auto found = std::ranges::find(columns_, name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<size_t>(found - columns_.begin());
}

Result<uint32_t> UtteranceTable::Find(std::string_view id) const {
  const auto row = ids_.Find(id);
  if (!row)
    return {ErrorCode::kMalformed, "the utterance " + std::string(id) + " is not in " + file_};
  if (const auto again = again_.find(*row); again != again_.end()) {
    return {ErrorCode::kMalformed, "the utterance " + std::string(id) + " is in " + file_ +
                                       " twice, in lines " + std::to_string(lines_[*row]) +
                                       " and " + std::to_string(again->second)};
  }
  return *row;
}

Status UtteranceTable::ReadHeader(const std::vector<std::string_view>& fields,
                                  std::string_view where) {
  const auto malformed = [where](const std::string& what) {
    return Status(ErrorCode::kMalformed, std::string(where) + what);
  };
  if (fields.size() > kMaxColumns) return malformed("more than 64 columns");
  for (const std::string_view name : fields) {
    if (name.empty() || Column(name)) return malformed("a column without a name of its own");
    columns_.emplace_back(name);
  }
  const auto id = Column("id") ? Column("id") : Column("utterance");
  if (!id) return malformed("the first line names no column id or utterance (tabs between them)");
  id_column_ = *id;
  return {};
}

Result<UtteranceTable> UtteranceTable::Parse(std::string_view text, const std::string& file) {
  UtteranceTable table;
  table.file_ = file;
  LineReader lines(text, file, Separator::kTab);
  VOIZK_ASSIGN_OR_RETURN(const auto header, lines.Next());
  VOIZK_RETURN_IF_ERROR(table.ReadHeader(header, Where(file, std::max<uint64_t>(lines.line(), 1))));
  const auto path = table.Column("path"), start = table.Column("start_s"),
             duration = table.Column("duration_s");
  while (true) {
    VOIZK_ASSIGN_OR_RETURN(const auto fields, lines.Next());
    if (fields.empty()) break;
    if (fields.size() != table.columns_.size()) {
      return lines.At("has " + std::to_string(fields.size()) + " columns, the first line " +
                      std::to_string(table.columns_.size()));
    }
    const std::string_view id = fields[table.id_column_];
    if (id.empty()) return lines.At("an utterance without an id");
    if (const auto row = table.ids_.Find(id)) {
      table.again_[*row] = static_cast<uint32_t>(lines.line());
      continue;
    }
    Piece piece;
    piece.path = std::string(path && !fields[*path].empty() ? fields[*path] : id);
    for (const auto& [column, value] :
         {std::pair(start, &piece.start_s), std::pair(duration, &piece.duration_s)}) {
      if (column && (!ParseNumber(fields[*column], value) || *value < 0 || *value > 1e6)) {
        return lines.At("'" + std::string(fields[*column]) + "' is no time in seconds");
      }
    }
    table.ids_.Add(id);
    table.pieces_.push_back(std::move(piece));
    table.lines_.push_back(static_cast<uint32_t>(lines.line()));
    table.values_.insert(table.values_.end(), fields.begin(), fields.end());
  }
  return table;
}

}  // namespace voizk
