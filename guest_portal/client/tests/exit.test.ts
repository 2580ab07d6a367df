import { describe, expect, it } from "vitest";
import { takeEach } from "../src/ui/exit";

describe("the way out", () => {
  it("goes on to its end, whatever fails on it", () => {
    const taken: string[] = [];
    const step = (name: string, fails: boolean) => () => {
      taken.push(name);
      if (fails) {
        throw new Error(name);
      }
    };
    takeEach(step("erasure", true), step("blank", true), step("away", false));
    expect(taken).toEqual(["erasure", "blank", "away"]);
  });
});
