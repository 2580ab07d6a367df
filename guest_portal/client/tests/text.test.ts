import { describe, expect, it } from "vitest";
import { LONGEST_TEXT, problemWith } from "../src/conversation/text";

describe("a text", () => {
  it("may have as many characters as the limit, and not one more", () => {
    expect(problemWith("é".repeat(LONGEST_TEXT))).toBeNull();
    expect(problemWith("é".repeat(LONGEST_TEXT + 1))).toBe("too-long");
  });

  it("may not grow beyond an event's size by its encoding", () => {
    expect(problemWith("\u0001".repeat(LONGEST_TEXT))).toBe("too-long");
  });

  it("has to say something", () => {
    expect(problemWith(" \n\t")).toBe("empty");
  });
});
