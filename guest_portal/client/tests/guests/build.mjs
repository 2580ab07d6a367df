/** Builds the tests' guests for Node, beside the packages that they use; prints where the program is. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const CLIENT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const PROGRAM = join(CLIENT, "node_modules", ".guests", "program.mjs");

await build({
  absWorkingDir: CLIENT,
  entryPoints: ["tests/guests/program.ts"],
  outfile: PROGRAM,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22",
  // In Node it finds its module beside itself.
  external: ["@matrix-org/matrix-sdk-crypto-wasm"],
});
process.stdout.write(PROGRAM);
