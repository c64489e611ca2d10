// `voizk serve` with the page and the demonstration's back end, on loopback, as a child process.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Resolves when it listens: { address, stop() }. `folder` is for its database. */
export function serve(voizk, page, folder, { port = 0, digits = 5 } = {}) {
  const child = spawn(
    voizk,
    [
      "serve",
      "--rp",
      "bank.example",
      "--listen",
      `127.0.0.1:${port}`,
      "--database",
      `${folder}/voizk.db`,
      "--page",
      page,
      "--demo",
      "--digits",
      String(digits),
      "--open-logins",
      "40",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.once("exit", () => child.kill("SIGTERM"));  // does nothing where it has ended
  const stop = () => (child.kill("SIGTERM"), ended);
  return new Promise((resolve, reject) => {
    const lines = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      const event = line.startsWith("{") ? JSON.parse(line) : {};
      if (event.event === "started") resolve({ address: `http://127.0.0.1:${event.port}`, stop, ended });
    });
    ended.then(() => reject(new Error(`voizk serve ended: ${lines.join("\n")}`)));
  });
}
