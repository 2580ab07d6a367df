import { describe, expect, it } from "vitest";
import { type KeyPress, ShiftGesture } from "../src/ui/shift-gesture";

/** Plays keys: `S` is Shift pressed and released, `r` a repeat of it held down, `a` another key, `A` a capital. */
function completes(keys: string, stepMs = 200): boolean {
  const gesture = new ShiftGesture();
  const strokes: Record<string, [KeyPress["type"], string, boolean][]> = {
    S: [
      ["keydown", "Shift", false],
      ["keyup", "Shift", false],
    ],
    r: [
      ["keydown", "Shift", false],
      ["keydown", "Shift", true],
      ["keyup", "Shift", false],
    ],
    a: [
      ["keydown", "a", false],
      ["keyup", "a", false],
    ],
    A: [
      ["keydown", "Shift", false],
      ["keydown", "A", false],
      ["keyup", "A", false],
      ["keyup", "Shift", false],
    ],
  };
  let timeStamp = 0;
  let completed = false;
  for (const [type, key, repeat] of [...keys].flatMap((stroke) => strokes[stroke] ?? [])) {
    timeStamp += stepMs;
    completed ||= gesture.completes({ type, key, repeat, isComposing: false, timeStamp });
  }
  return completed;
}

describe("Shift three times", () => {
  it("is recognised", () => expect(completes("SSS")).toBe(true));
  it("is recognised after typing", () => expect(completes("aASSS")).toBe(true));
  it("needs three", () => expect(completes("SS")).toBe(false));
  it("is not three capitals", () => expect(completes("AAAA")).toBe(false));
  it("is not Shift with letters in between", () => expect(completes("SSaSaSS")).toBe(false));
  it("is not Shift held down", () => expect(completes("rrr")).toBe(false));
  it("is not three slow presses", () => expect(completes("SSS", 1_000)).toBe(false));
  it("does not count presses while a character is composed", () => {
    const gesture = new ShiftGesture();
    const press = { key: "Shift", repeat: false, isComposing: true, timeStamp: 1 };
    const results = [1, 2, 3].map(() => {
      gesture.completes({ ...press, type: "keydown" });
      return gesture.completes({ ...press, type: "keyup" });
    });
    expect(results).toEqual([false, false, false]);
  });
});
