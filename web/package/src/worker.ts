// The worker's side: one engine, one request after another.
import { Engine, type Source } from "./engine.js";
import type { Reply, Request, SentSource, Started } from "./messages.js";
import { VoizkError } from "./outcome.js";

let engine: Engine | undefined;
const scope = self as unknown as {
  postMessage(reply: Reply): void;
  onmessage: (event: { data: Request }) => void;
};

const sourceOf = (sent: SentSource): Source => (typeof sent === "string" ? new URL(sent) : sent);

async function answer(request: Request): Promise<unknown> {
  if ("start" in request) {
    const { wasm, bundleJson, bundleWeights, pinnedDigest } = request.start;
    engine = await Engine.start({
      wasm: sourceOf(wasm),
      bundleJson: sourceOf(bundleJson),
      bundleWeights: sourceOf(bundleWeights),
      pinnedDigest,
    });
    return { sampleRate: engine.sampleRate } satisfies Started;
  }
  if (engine === undefined) throw new VoizkError("internal", "not started");
  engine.onProgress = (progress) => scope.postMessage({ id: request.id, progress });
  const method = engine[request.method] as (...args: readonly unknown[]) => unknown;
  return method.apply(engine, [...request.args]);
}

scope.onmessage = async ({ data: request }) => {
  try {
    const value = await answer(request);
    scope.postMessage({ id: request.id, value, memory: engine?.memory ?? 0 });
  } catch (error) {
    const { code, message } =
      error instanceof VoizkError ? error : new VoizkError("internal", String(error));
    scope.postMessage({ id: request.id, code, message });
  }
};
