// Keeps libraries that print on their own account (PortAudio's back ends while they probe) from
// writing between our lines.  A wart: file descriptor 2 belongs to the whole process, so other
// threads' messages are lost too while one of these lives.  It goes when those libraries offer a
// log callback.
#ifndef VOIZK_SPEECH_AUDIO_STDERR_SILENCER_H_
#define VOIZK_SPEECH_AUDIO_STDERR_SILENCER_H_

namespace voizk {

/// Sends file descriptor 2 to /dev/null while at least one of these lives; any thread may hold one.
class StderrSilencer {
 public:
  StderrSilencer();
  ~StderrSilencer();
  StderrSilencer(const StderrSilencer&) = delete;
  StderrSilencer& operator=(const StderrSilencer&) = delete;
};

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_STDERR_SILENCER_H_
