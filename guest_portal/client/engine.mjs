/**
 * Makes the page's encryption engine out of the encryption package: of its code, what the page can come to call, and
 * nothing else. The package serves whole clients (key backup, verification by emoji and by QR code, dehydrated devices …);
 * two fifths of it are never called here, and on a slow link they would be seconds.
 *
 * What is left is as the package has it; nothing is rewritten. In three steps, each of which keeps what it is not sure of:
 * methods of the package's classes whose names the page's sources do not mention are left out of the bindings; the bundler
 * leaves out what no binding refers to; of the WebAssembly module goes what neither an export that the script mentions
 * nor anything else in the module reaches, and the names of functions, which are for debuggers.
 */
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import binaryen from "binaryen";

const PACKAGE = "@matrix-org/matrix-sdk-crypto-wasm";
const DIRECTORY = join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), "pkg");
const BINDINGS = join(DIRECTORY, "matrix_sdk_crypto_wasm_bg.js");
const MODULE = join(DIRECTORY, "matrix_sdk_crypto_wasm_bg.wasm");
/** What the sources in `src/crypto` import to start the module; see `engine-module.d.ts` there. */
const STARTER = "engine-module";

const words = (text) => text.match(/\w+/g) ?? [];

/** Every word of the sources that use the package: whatever they call is among them. */
async function wordsOf(sources) {
  const files = (await readdir(sources)).map((name) => readFile(join(sources, name), "utf8"));
  return new Set((await Promise.all(files)).flatMap(words));
}

/**
 * The package's bindings without the methods that cannot be called: none of `called`, and none that the functions which
 * the module itself calls mention. Relies on how `wasm-bindgen` lays its output out; raises where that has changed.
 */
function usedBindings(bindings, called) {
  const ownFunctions = bindings.indexOf("\nexport function __wbg_");
  const kept = new Set([...called, ...words(bindings.slice(ownFunctions)), "constructor", "free"]);
  let dropped = 0;
  const used = bindings
    .replace(/^ {4}(?:static |get |set )*(\w+)\(.*\) \{\n(?: {5,}.*\n|\n)* {4}\}\n/gm, (method, name) => {
      const isUsed = kept.has(name) || name.startsWith("__");
      dropped += isUsed ? 0 : 1;
      return isUsed ? method : "";
    })
    // Says nothing but that the class can be freed by `using`; else each class would count as used.
    .replace(/^if \(Symbol\.dispose\) .*\n/gm, "")
    .replaceAll(": new FinalizationRegistry(", ": /* @__PURE__ */ new FinalizationRegistry(");
  if (ownFunctions < 0 || dropped < 100) {
    throw new Error(`${PACKAGE} is not laid out as it was: look at engine.mjs before the page is built with it`);
  }
  return used;
}

/** Starts the module with exactly the functions that it imports. */
function starter(imports) {
  return `
import { ${imports.join(", ")}, __wbg_set_wasm } from "${PACKAGE}";
export async function startEngine(module) {
  const bindings = { "./matrix_sdk_crypto_wasm_bg.js": { ${imports.join(", ")} } };
  const { instance } = await WebAssembly.instantiateStreaming(module, bindings);
  __wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}`;
}

/** For the bundler: the package is its used bindings. */
export async function usedPart(sources) {
  const [bindings, bytes, called] = await Promise.all([readFile(BINDINGS, "utf8"), readFile(MODULE), wordsOf(sources)]);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ name }) => name);
  const contents = { [PACKAGE]: usedBindings(bindings, called), [STARTER]: starter(imports) };
  return {
    name: "used-part",
    setup(build) {
      const filter = new RegExp(`^(${PACKAGE}|${STARTER})$`);
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: "used-part", sideEffects: false }));
      build.onLoad({ filter: /./, namespace: "used-part" }, ({ path }) => ({ contents: contents[path] }));
    },
  };
}

/** The WebAssembly module without what is reached neither from what `script` mentions nor from within. */
export async function usedModule(script) {
  const mentioned = new Set(words(script));
  const module = binaryen.readBinary(await readFile(MODULE));
  const exported = Array.from({ length: module.getNumExports() }, (_, index) => module.getExportByIndex(index));
  for (const { name } of exported.map(binaryen.getExportInfo)) {
    if (!mentioned.has(name)) {
      module.removeExport(name);
    }
  }
  module.runPasses(["remove-unused-module-elements"]);
  const bytes = module.emitBinary();
  module.dispose();
  return Buffer.from(bytes);
}
