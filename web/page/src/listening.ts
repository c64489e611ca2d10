// What is seen while it listens: the level as a meter, and a picture of the last seconds, in which what counts as
// speech is drawn in colour. With "reduced motion" the picture stays away; meter and words say the same.
import { h, say } from "./dom.js";
import type { Level } from "./microphone.js";
import { text } from "./strings.js";

const quietest = -60; // dBFS at the meter's left end
const topHertz = 4000; // what the bundle's rate can hold
const height = 96; // rows of the picture
const step = 2; // columns per frame

export class Listening {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { width: "480", height: String(height), "aria-hidden": "true" });
  private readonly bar = h("div", { class: "bar" });
  private readonly meter = h(
    "div",
    {
      class: "meter",
      role: "meter",
      "aria-label": text.level,
      "aria-valuemin": String(quietest),
      "aria-valuemax": "0",
      "aria-valuenow": String(quietest),
    },
    this.bar,
  );
  private readonly words = h("p", { class: "listening" }, text.recording);
  private loud = false;
  private heard = false;
  private frame = 0;
  private told = 0;

  constructor() {
    this.element = h("div", { class: "heard" }, this.canvas, this.meter, this.words);
  }

  /** Draws until stop(). */
  start(analyser: AnalyserNode): void {
    say(text.recording);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.canvas.hidden = true;
      return;
    }
    const context = this.canvas.getContext("2d", { alpha: false })!;
    const style = getComputedStyle(this.canvas);
    const colours = ["--spectrum-ground", "--spectrum-noise", "--spectrum-voice"].map((name) =>
      rgb(style.getPropertyValue(name)),
    );
    const [ground, noise, voice] = colours as [Rgb, Rgb, Rgb];
    context.fillStyle = `rgb(${ground.join()})`;
    context.fillRect(0, 0, this.canvas.width, height);
    const bins = new Uint8Array(analyser.frequencyBinCount);
    const perRow = (topHertz / (analyser.context.sampleRate / 2)) * (bins.length / height);
    const column = context.createImageData(step, height);
    const draw = (): void => {
      this.frame = requestAnimationFrame(draw);
      analyser.getByteFrequencyData(bins);
      context.drawImage(this.canvas, -step, 0);
      const ink = this.loud ? voice : noise;
      for (let y = 0; y < height; ++y) {
        const strength = (bins[Math.floor((height - 1 - y) * perRow)] ?? 0) / 255;
        for (let x = 0; x < step; ++x) {
          const at = 4 * (y * step + x);
          for (let c = 0; c < 3; ++c) column.data[at + c] = ground[c]! + (ink[c]! - ground[c]!) * strength;
          column.data[at + 3] = 255;
        }
      }
      context.putImageData(column, this.canvas.width - step, 0);
    };
    draw();
  }

  show(level: Level): void {
    this.loud = level.loud;
    const share = Math.max(0, Math.min(1, 1 - level.rms / quietest));
    this.bar.style.transform = `scaleX(${share.toFixed(3)})`;
    this.bar.classList.toggle("clipped", level.peak > -0.5);
    if (level.loud && !this.heard) {
      this.heard = true;
      this.words.textContent = text.heard;
    }
    const now = performance.now();
    if (now - this.told < 500) return; // twice a second is enough for whoever has it read
    this.told = now;
    this.meter.setAttribute("aria-valuenow", level.rms.toFixed(0));
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
  }
}

type Rgb = readonly [number, number, number];
/** "#1c5d6b" */
function rgb(colour: string): Rgb {
  const n = Number.parseInt(colour.trim().slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}
