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
    completed ||= gesture.follow({ type, key, repeat, isComposing: false, modified: false, timeStamp }) === 3;
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
  it("leaves five seconds for each next press", () => expect(completes("SSS", 2_400)).toBe(true));
  it("is not three slow presses", () => expect(completes("SSS", 2_600)).toBe(false));
  it("tells how far it has come", () => {
    const gesture = new ShiftGesture();
    const press = { key: "Shift", repeat: false, isComposing: false, modified: false };
    const progress = [1, 2, 3].map((timeStamp) => {
      gesture.follow({ ...press, type: "keydown", timeStamp });
      return gesture.follow({ ...press, type: "keyup", timeStamp });
    });
    expect(progress).toEqual([1, 2, 3]);
  });
  it.each([
    ["a character is composed", { isComposing: true, modified: false }],
    ["Alt is held to change the keyboard", { isComposing: false, modified: true }],
  ])("does not count presses while %s", (_, held) => {
    const gesture = new ShiftGesture();
    const press = { key: "Shift", repeat: false, timeStamp: 1, ...held };
    const results = [1, 2, 3].map(() => {
      gesture.follow({ ...press, type: "keydown" });
      return gesture.follow({ ...press, type: "keyup" });
    });
    expect(results).toEqual([0, 0, 0]);
  });
});
