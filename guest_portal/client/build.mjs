/**
 * Builds the page's files into `guest_portal/static/`: script, style, and the encryption engine, each under the hash of
 * its content, so that a name in a browser's cache tells nothing. `manifest.json` maps logical names to file names.
 * Beside each file lie its compressed forms (`.br`, `.gz`), made once here instead of at each request.
 */
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";
import { usedModule, usedPart } from "./engine.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUTPUT = join(HERE, "..", "static");
/** Those that `src/tsconfig.json` knows the methods of. The encryption's module asks for newer ones: see docs/conversation.md. */
const BROWSERS = ["chrome89", "edge89", "firefox91", "safari15"];

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** One bundle, of form `iife` where it is to run as a script that is not a module, as its neutral name and its content: encryption is one of its own, so that nothing else waits for it. */
async function bundle(entry, format = "esm", plugins = []) {
  const result = await build({
    absWorkingDir: HERE,
    entryPoints: [entry],
    outdir: OUTPUT,
    bundle: true,
    format,
    target: BROWSERS,
    plugins,
    minify: true,
    legalComments: "none",
    entryNames: "[hash]",
    write: false,
  });
  const [file] = result.outputFiles;
  return [basename(file.path), Buffer.from(file.contents)];
}

/** The WebAssembly module that goes with the encryption's script, under the hash of its content. */
async function engine([, script]) {
  const content = await usedModule(script.toString());
  return [`${createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase()}.wasm`, content];
}

async function writeAll([name, content]) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } };
  const [small, zipped] = await Promise.all([brotli(content, quality), zip(content, { level: 9 })]);
  await writeFile(join(OUTPUT, name), content);
  await writeFile(join(OUTPUT, `${name}.br`), small);
  await writeFile(join(OUTPUT, `${name}.gz`), zipped);
  console.log(
    `${name.padEnd(16)} ${String(content.length).padStart(9)} bytes ${String(small.length).padStart(9)} brotli`,
  );
}

const crypto = await bundle("src/crypto/engine.ts", "iife", [await usedPart(join(HERE, "src", "crypto"))]);
const files = {
  script: await bundle("src/main.ts"),
  style: await bundle("styles/page.css"),
  crypto,
  worker: await bundle("src/proof/worker.ts"),
  wasm: await engine(crypto),
};
const manifest = Object.fromEntries(Object.entries(files).map(([name, [file]]) => [name, file]));
await rm(OUTPUT, { recursive: true, force: true });
await mkdir(OUTPUT, { recursive: true });
await Promise.all(Object.values(files).map(writeAll));
await writeFile(join(OUTPUT, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
