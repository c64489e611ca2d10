// How loud sound is, block by block: for the level meter, the end of a recording and the checks of
// quality.h.  Levels are in dBFS (0 = full-scale square wave), kSilenceDbfs for digital silence.
#ifndef VOIZK_SPEECH_AUDIO_LEVEL_H_
#define VOIZK_SPEECH_AUDIO_LEVEL_H_

#include <array>
#include <span>

namespace voizk {

inline constexpr double kSilenceDbfs = -120.0;
inline constexpr double kLevelBlockSeconds = 0.02;

/// 20 log10(amplitude), at least kSilenceDbfs; amplitude >= 0, full scale 1.
double ToDbfs(double amplitude);

/// Root mean square after the mean is removed (sound cards have offsets); full scale 1; 0 if empty.
double BlockRms(std::span<const double> samples);

/// Decides from block levels when somebody who spoke has stopped.
///
/// The noise floor is the level that 10 % of the blocks so far stay below (digital zeros, which
/// devices send while they start, do not count).  A block is loud when it is 12 dB above the floor
/// and above -50 dBFS; speech has begun after three loud blocks in a row.  Steady noise that fills
/// the whole recording therefore never counts as speech for long.
class EndpointDetector {
 public:
  /// `silence_seconds` > 0: how long it must stay quiet after speech.
  explicit EndpointDetector(double silence_seconds) : silence_seconds_(silence_seconds) {}

  /// Takes the level of the next block of kLevelBlockSeconds.
  void Add(double level_dbfs);

  bool loud() const { return loud_; }
  bool speech_began() const { return speech_began_; }
  /// Speech began and `silence_seconds` of quiet have followed.
  bool ended() const;

 private:
  double Floor() const;

  double silence_seconds_;
  std::array<int, 121> histogram_{};  // blocks by -level in whole dB
  int counted_ = 0;
  int loud_run_ = 0;
  int quiet_run_ = 0;
  bool loud_ = false;
  bool speech_began_ = false;
};

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_LEVEL_H_
