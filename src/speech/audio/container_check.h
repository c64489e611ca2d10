// Which container a file is, and whether it is all there.  libsndfile reads a truncated WAV, OGG or
// MP3 up to its end and reports success; a login must not silently run on half a recording.
#ifndef VOIZK_SPEECH_AUDIO_CONTAINER_CHECK_H_
#define VOIZK_SPEECH_AUDIO_CONTAINER_CHECK_H_

#include "base/result.h"
#include "speech/audio/byte_source.h"

namespace voizk {

enum class Container { kWav, kFlac, kOgg, kMpeg };

/// Recognises WAV (also RF64), FLAC, OGG and MPEG audio (behind ID3v2 tags too) by content, never
/// by name, and compares the lengths that the container itself states with the bytes at hand:
///   WAV  the data chunk lies within the file (streaming placeholders >= 0x7fff0000 are accepted);
///   OGG  the last page is complete and ends its stream;
///   MP3  the byte count of a Xing/Info header, where there is one, lies within the file.
/// FLAC states its samples; the decoder compares those (decode.cc).
/// kMalformed: none of these, or truncated.  kUnsupported: big-endian RIFX.
Result<Container> CheckContainer(const ByteSource& source);

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_CONTAINER_CHECK_H_
