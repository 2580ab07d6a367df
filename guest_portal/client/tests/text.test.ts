import { describe, expect, it } from "vitest";
import { padded } from "../src/conversation/padding";
import { cleanText, LONGEST_TEXT, problemWith, sizeOf } from "../src/conversation/text";

describe("a text", () => {
  it("may have as many characters as the limit, and not one more", () => {
    expect(problemWith("é".repeat(LONGEST_TEXT))).toBeNull();
    expect(problemWith("é".repeat(LONGEST_TEXT + 1))).toBe("too-long");
  });

  it("may not grow beyond an event's size by its encoding", () => {
    expect(problemWith("\u0001".repeat(LONGEST_TEXT))).toBe("too-long");
  });

  it.each([" \n\t", "\u200b", "\u2800", "\u3164 \u00ad\u2060", "\ufeff"])(
    "has to show something, unlike %j",
    (text) => {
      expect(problemWith(text)).toBe("empty");
    },
  );
});

describe("a text that is shown", () => {
  it.each([
    ["turns nothing around it", "a\u202egnp.exe\u202c b", "agnp.exe b"],
    ["turns nothing in itself", "a\u2067b\u2066c", "abc"],
    ["has towers of marks cut", `z${"\u0335".repeat(60)}o`, `z${"\u0335".repeat(4)}o`],
    ["has no controls", "a\u0000\u0007\u009b\ue000b", "ab"],
    ["has whole characters", "a\ud83d \ude00", "a\ufffd \ufffd"],
    ["has one kind of line end", "a\r\nb\rc", "a\nb\nc"],
  ])("%s", (_, text, shown) => {
    expect(cleanText(text)).toBe(shown);
  });

  it.each([
    "<b onclick=x>&amp; javascript:alert(1)</b>",
    "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ❤️",
    "السَّلَامُ عَلَيْكُمْ",
    "Việt Nam: ầ ộ",
    "שָׁלוֹם\u200f!",
    "क्षत्रिय",
  ])("is left as it is: %s", (text) => {
    expect(cleanText(text)).toBe(text);
  });

  it("of 64 KB and more is cut", () => {
    expect(cleanText("x".repeat(10_000_000))).toHaveLength(20_000);
  });
});

describe("padding", () => {
  it("makes one of nine lengths of whatever is said", () => {
    const lengths = Array.from({ length: 500 }, (_, number) => sizeOf(padded(text("é".repeat(number * 20)))));
    expect(new Set(lengths).size).toBeLessThanOrEqual(9);
    expect(new Set(["oui", "non", "Il est là", "🙂"].map((word) => sizeOf(padded(text(word))))).size).toBe(1);
  });

  it("leaves what was said as it was", () => {
    expect(padded(text("oui"))).toMatchObject(text("oui"));
  });

  it("of the longest text still fits into an event", () => {
    const longest = text("€".repeat(LONGEST_TEXT));
    expect(problemWith(longest.body)).toBeNull();
    expect((sizeOf(padded(longest)) * 4) / 3).toBeLessThan(62_500);
  });
});

function text(body: string): { msgtype: string; body: string } {
  return { msgtype: "m.text", body };
}
