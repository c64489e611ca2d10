// Built in build/web-page, beside build/web-package (tools/build-web-page).
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  resolve: { alias: { voizk: fileURLToPath(new URL("../web-package/dist/index.js", import.meta.url)) } },
  worker: { format: "es", rollupOptions: { external: [/^node:/] } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy admits no data: addresses
    modulePreload: { polyfill: false },
    rollupOptions: { external: [/^node:/] }, // what the package asks for under Node only
  },
});
