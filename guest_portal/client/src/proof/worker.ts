/** The worker's whole program: one challenge in, one proof out; `null` where there is none. */
import { type Challenge, solve } from "./solve";

addEventListener("message", async ({ data }: MessageEvent<Challenge>) => {
  postMessage(await solve(data).catch(() => null));
});
