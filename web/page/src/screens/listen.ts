// One recording on a screen: the microphone is on from here to its end, or until the screen is left.
import type { Voizk } from "voizk";
import { button } from "../dom.js";
import { Listening } from "../listening.js";
import { Microphone, type Recorded } from "../microphone.js";
import { text } from "../strings.js";

export interface ListenOptions {
  readonly voizk: Voizk;
  readonly place: HTMLElement;
  /** Seconds of silence that end it, and of the whole. */
  readonly trailingSilence: number;
  readonly longest: number;
  /** Aborted when the screen is left: nothing is kept then. */
  readonly left: AbortSignal;
  /** The microphone is on. */
  opened(): void;
}

/** MicrophoneError; whatever comes when the screen is left. */
export async function listen(options: ListenOptions): Promise<Recorded> {
  const { voizk, place, left } = options;
  const listening = new Listening();
  const microphone = await Microphone.open();
  try {
    left.throwIfAborted();
    options.opened();
    const stop = button(text.stop, () => microphone.stop(), { class: "main" });
    place.replaceChildren(listening.element, stop);
    stop.focus();
    listening.start(microphone.analyser);
    return await microphone.record(voizk, options.trailingSilence, options.longest, left, (level) =>
      listening.show(level),
    );
  } finally {
    listening.stop();
    microphone.close();
    place.replaceChildren();
  }
}
