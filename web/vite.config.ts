import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

export const OUT = "../src/passerby/serve/console";
const PACKED = /\.(js|css|svg|html|webmanifest)$/;

/** Write each file a second time, compressed: the gateway sends it so without any work of its own. */
export const packed = (): Plugin => ({
  name: "packed",
  writeBundle({ dir = OUT }) {
    for (const folder of [dir, join(dir, "assets")]) {
      for (const name of readdirSync(folder).filter((each) => PACKED.test(each))) {
        const path = join(folder, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    }
  },
});

export default defineConfig({
  base: "/",
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy allows no data: addresses
    modulePreload: { polyfill: false },
    rollupOptions: { output: { entryFileNames: "assets/[name]-[hash].js" } },
  },
  plugins: [packed()],
  test: { include: ["test/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
