import { describe, expect, it } from "vitest";
import { Unavailable } from "../src/conversation/errors";
import type { CryptographyFactory } from "../src/conversation/ports";
import { type EngineHost, EngineLoader, HANDED_TO } from "../src/engine-loader";

const ADDRESSES = { script: "/assets/A.js", module: "/assets/B.wasm" };
const FACTORY = {} as CryptographyFactory;

/** Scripts that are no text, but what they do. */
function runner(fetched: string[], run: () => void) {
  return {
    fetchScript: async (address: string) => {
      fetched.push(address);
      return "script";
    },
    fetchModule: async (address: string) => {
      fetched.push(address);
      return new Response(address);
    },
    runScript: run,
  };
}

describe("the engine", () => {
  it("is fetched and run once, and given its module, which is on its way before", async () => {
    const fetched: string[] = [];
    const given: string[] = [];
    const handOver = () =>
      (globalThis as EngineHost)[HANDED_TO]?.(async (module) => {
        given.push(await (await module).text());
        return FACTORY;
      });
    const loader = new EngineLoader(ADDRESSES, runner(fetched, handOver));
    await expect(Promise.all([loader.load(), loader.load()])).resolves.toEqual([FACTORY, FACTORY]);
    expect(fetched).toEqual(["/assets/B.wasm", "/assets/A.js"]);
    expect(given).toEqual(["/assets/B.wasm"]);
    expect(HANDED_TO in globalThis).toBe(false);
  });

  it("is fetched anew after it could not be", async () => {
    const fetched: string[] = [];
    const handOver = () => (globalThis as EngineHost)[HANDED_TO]?.(async () => FACTORY);
    let isThere = false;
    const sometimes = runner(fetched, handOver);
    const loader = new EngineLoader(ADDRESSES, {
      ...sometimes,
      fetchScript: (address) => (isThere ? sometimes.fetchScript(address) : Promise.reject(new Unavailable())),
    });
    await expect(loader.load()).rejects.toEqual(new Unavailable());
    isThere = true;
    await expect(loader.load()).resolves.toBe(FACTORY);
  });

  it.each([
    [new TypeError("network error"), Unavailable],
    [new DOMException("cut", "AbortError"), Unavailable],
    [new WebAssembly.CompileError("forbidden"), WebAssembly.CompileError],
  ])("tells a module that has not come whole from one that cannot work: %s", async (error, told) => {
    const handOver = () => (globalThis as EngineHost)[HANDED_TO]?.(() => Promise.reject(error));
    await expect(new EngineLoader(ADDRESSES, runner([], handOver)).load()).rejects.toBeInstanceOf(told);
  });

  it("is missed where its script does not run, or cannot", async () => {
    const silent = new EngineLoader(
      ADDRESSES,
      runner([], () => undefined),
    );
    await expect(silent.load()).rejects.toThrow();
    const refused = runner([], () => {
      throw new TypeError("not a trusted script");
    });
    await expect(new EngineLoader(ADDRESSES, refused).load()).rejects.toThrow("not a trusted script");
  });
});
