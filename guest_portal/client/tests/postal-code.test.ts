import { describe, expect, it } from "vitest";
import { postalCodeOf } from "../src/ui/postal-code";

describe("what is written in the field of the postal code", () => {
  it.each(["75011", " 75 011", "75\u202f011", "٧٥٠١١", "۷۵۰۱۱"])("is a French code, %s", (written) => {
    expect(postalCodeOf(written)).toBe("75011");
  });

  it.each(["B-1000", "SW1A 1AA", "1000", "782800", "my name"])("stays in the page if it is none, %s", (written) => {
    expect(postalCodeOf(written)).toBe("00000");
  });

  it("is missing if there is nothing but blanks", () => {
    expect(postalCodeOf(" \u00a0")).toBeNull();
  });
});
