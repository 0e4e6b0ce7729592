import { defineConfig, type Plugin } from "vite";
import { de } from "./src/text/de";
import { en } from "./src/text/en";
import { OUT, packed } from "./vite.config";

/** Beginnings of the messages that the element can show. */
const KINDS = ["state.", "redaction.", "fault.", "condition.few", "badge.", "screen.", "lost.", "embedded.", "time."];
const MESSAGES: Record<string, Record<string, string>> = { en, de };

const isShown = (key: string): boolean => KINDS.some((kind) => key.startsWith(kind));

/** Leave out the messages of the console's pages; a message that is left out and yet named stops the build. */
const fewMessages = (): Plugin => ({
  name: "few-messages",
  enforce: "pre",
  load(id) {
    const language = /\/src\/text\/(en|de)\.ts$/.exec(id)?.[1];
    if (!language) return null;
    const few = Object.entries(MESSAGES[language] ?? {}).filter(([key]) => isShown(key));
    return `export const ${language} = ${JSON.stringify(Object.fromEntries(few))};`;
  },
  renderChunk(code) {
    const named = [...code.matchAll(/["'`]([a-z_]+\.[a-z_.]+)["'`]/g)].map(([, key = ""]) => key);
    const missing = named.filter((key) => key in en && !isShown(key));
    if (missing.length) this.error(`not in KINDS of vite.embedded.config.ts: ${missing.join(", ")}`);
    return null;
  },
});

/** `<passerby-camera>`: one file with a name that stays, for pages of other origins. */
export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: OUT,
    emptyOutDir: false, // the console is there already
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: "src/embedded/passerby-camera.ts",
      output: { entryFileNames: "passerby-camera.js", inlineDynamicImports: true },
    },
  },
  plugins: [fewMessages(), packed()],
});
