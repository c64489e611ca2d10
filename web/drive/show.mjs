// show.mjs VOIZK PAGE: serves the page on loopback, sets a recorded voice up and logs in through Chromium without a window, says what was sent, and, on
// a terminal, leaves the page to whoever sits there. What it makes lies in a temporary folder and goes with it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createServer } from "node:net";
import { serve } from "./service.mjs";
import { launch, Visitor } from "./visitor.mjs";

const [voizk, dist] = process.argv.slice(2);
const usual = 8731;
const folder = mkdtempSync(`${tmpdir()}/voizk-page-`);
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
let service, browser, signalled;
let shown = false;
for (const [name, number] of [["SIGHUP", 1], ["SIGINT", 2], ["SIGTERM", 15]]) {
  process.once(name, async () => {
    signalled = true;
    await Promise.allSettled([browser?.close(), service?.stop()]);
    process.exit(shown ? 0 : 128 + number);
  });
}
/** The usual port, or any where that one is taken. */
const port = await new Promise((resolve) => {
  const probe = createServer().once("error", () => resolve(0));
  probe.listen(usual, "127.0.0.1", () => probe.close(() => resolve(usual)));
});

try {
  service = await serve(voizk, dist, folder, { port, digits: 6 });
  browser = await launch(folder, { handleSIGHUP: false, handleSIGINT: false, handleSIGTERM: false });
  console.log(`${service.address}: a recorded voice is set up in Chromium (four texts, half a minute)`);
  const visitor = await Visitor.make(browser, service.address, folder);
  await visitor.enrol("demo");
  await visitor.button("Log out").click();
  const refused = await visitor.login("demo");
  const facts = visitor.page.locator(".facts b");
  console.log(
    `logged in as demo${refused > 0 ? ` after ${refused} phrases that were refused here` : ""}: ${await facts.first().textContent()}, ${await facts.last().textContent()}`,
  );
} catch (error) {
  if (signalled) await new Promise(() => {}); // that handler ends everything, this too
  await service?.stop();
  throw error;
} finally {
  await browser?.close();
}
shown = true;
console.log(
  `The page: ${service.address} (a demonstration: it believes whoever registers, and forgets everything at its end)`,
);
if (process.stdin.isTTY && process.stdout.isTTY) {
  console.log("Open it in a browser on this machine. Ctrl-C ends it.");
  await service.ended;
}
await service.stop();
