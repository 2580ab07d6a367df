import { Unavailable } from "./conversation/errors";
import type { CryptographyFactory, CryptographyLoader } from "./conversation/ports";

/** The addresses of the encryption's script and of its WebAssembly module. */
export type EngineAddresses = { readonly script: string; readonly module: string };

/** Given the WebAssembly module, on its way. */
export type LoadCryptography = (module: Promise<Response>) => Promise<CryptographyFactory>;

/** Under this name the engine, once run, finds to whom it hands itself over. */
export const HANDED_TO = "engineHandedTo";

export type EngineHost = { [HANDED_TO]?: (load: LoadCryptography) => void };

/** What fetches raises `Unavailable` if it cannot now. */
export type ScriptRunner = {
  fetchScript(address: string): Promise<string>;
  fetchModule(address: string): Promise<Response>;
  /** Runs a script of this site at once, as one written in the page. */
  runScript(script: string): void;
};

/**
 * Loads encryption when it is first asked for. It is a program of its own, which shares no code with the page's: a class
 * of one is not that of the other. It is fetched and then run as if written in the page, since browsers keep a note on
 * the device of scripts that they run from an address, even if told to store nothing.
 */
export class EngineLoader implements CryptographyLoader {
  #loading: Promise<CryptographyFactory> | null = null;

  constructor(
    private readonly addresses: EngineAddresses,
    private readonly runner: ScriptRunner,
  ) {}

  load(): Promise<CryptographyFactory> {
    if (this.#loading === null) {
      const loading = this.#load();
      this.#loading = loading;
      loading.catch(() => {
        this.#loading = null;
      });
    }
    return this.#loading;
  }

  async #load(): Promise<CryptographyFactory> {
    if (typeof globalThis.WebAssembly?.instantiateStreaming !== "function") {
      throw new Error("no WebAssembly here");
    }
    // Both at once: the module is long on its way.
    const module = this.runner.fetchModule(this.addresses.module);
    module.catch(() => undefined);
    const script = await this.runner.fetchScript(this.addresses.script);
    const host = globalThis as EngineHost;
    const load = await new Promise<LoadCryptography>((resolve, reject) => {
      host[HANDED_TO] = resolve;
      this.runner.runScript(script);
      reject(new Error("the encryption's script did not run"));
    }).finally(() => delete host[HANDED_TO]);
    return load(module).catch((error) => {
      throw isOfTheNetwork(error) ? new Unavailable() : error;
    });
  }
}

/** Whether the module has not come whole, or is not one: WebAssembly's own errors tell that it cannot work here. */
function isOfTheNetwork(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException;
}
