/** The encryption's program, run as a script of the page: hands itself over to whoever waits for it. */
import { startEngine } from "engine-module";
import { type EngineHost, HANDED_TO } from "../engine-loader";
import { cryptographyFactory } from "./cryptography";

(globalThis as EngineHost)[HANDED_TO]?.(async (module) => {
  await startEngine(module);
  return cryptographyFactory;
});
