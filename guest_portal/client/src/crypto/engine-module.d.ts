/** Made by `engine.mjs` when the page is built. */
declare module "engine-module" {
  /** Compiles and starts the WebAssembly module as it comes in. Rejects where that is not possible. */
  export function startEngine(module: Promise<Response>): Promise<void>;
}
