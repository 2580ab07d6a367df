import { afterEach, describe, expect, it, vi } from "vitest";
import { fill } from "../src/ui/texts";

afterEach(() => vi.restoreAllMocks());

describe("a sentence", () => {
  it("has its gaps filled in and begins with a capital, also in a Turkish browser", () => {
    vi.spyOn(String.prototype, "toLocaleUpperCase").mockReturnValue("İ");
    expect(fill("{name} is writing…", { name: "inspector Ipek" })).toBe("Inspector Ipek is writing…");
  });
});
