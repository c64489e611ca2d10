// Runs on the browser's audio thread: collects the microphone's samples, mono, and hands them on as they are.
const chunk = 1024;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Float32Array(chunk);
    this.filled = 0;
  }

  process([input]) {
    const frames = input[0]?.length ?? 0;
    for (let i = 0; i < frames; ++i) {
      let sum = 0;
      for (const channel of input) sum += channel[i];
      this.samples[this.filled++] = sum / input.length;
      if (this.filled < chunk) continue;
      this.port.postMessage(this.samples, [this.samples.buffer]);
      this.samples = new Float32Array(chunk);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("capture", Capture);
