import { describe, expect, it } from "vitest";
import { areaOf } from "../src/conversation/postal-area";

describe("a postal code", () => {
  it.each(["97110", "97400", "97500", "98713", "98800", "98000"])("is not of metropolitan France: %s", (code) => {
    expect(areaOf(code)).toBe("overseas");
  });

  it.each(["78280", "20000", "09800", "95978"])("is of metropolitan France: %s", (code) => {
    expect(areaOf(code)).toBe("mainland");
  });
});
