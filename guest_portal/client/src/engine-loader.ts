import type { CryptographyFactory, CryptographyLoader } from "./conversation/ports";

/** The addresses of the encryption's script and of its WebAssembly module. */
export type EngineAddresses = { readonly script: string; readonly module: string };

/**
 * Loads encryption when it is first asked for. It is a bundle of its own, which shares no code with the page's: a class
 * of one is not that of the other.
 */
export class EngineLoader implements CryptographyLoader {
  #loading: Promise<CryptographyFactory> | null = null;

  constructor(private readonly addresses: EngineAddresses) {}

  load(): Promise<CryptographyFactory> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<CryptographyFactory> {
    const engine: typeof import("./crypto/cryptography") = await import(this.addresses.script);
    return engine.loadCryptography(this.addresses.module);
  }
}
