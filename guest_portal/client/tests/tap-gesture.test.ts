import { describe, expect, it } from "vitest";
import { type Finger, TapGesture } from "../src/ui/tap-gesture";

type Tap = { readonly fingers?: number; readonly onBar?: boolean; readonly slides?: number; readonly lasts?: number };

/** Whether these taps, one after the other with `pause` milliseconds in between, complete the gesture. */
function completes(taps: readonly Tap[], pause = 150): boolean {
  const gesture = new TapGesture();
  let now = 1_000;
  let completed = false;
  for (const { fingers = 2, onBar = false, slides = 0, lasts = 60 } of taps) {
    const down: Finger[] = Array.from({ length: fingers }, (_, id) => ({ id, x: 100 + 80 * id, y: 300 }));
    for (let count = 1; count <= fingers; count += 1) {
      gesture.completes({ type: "start", fingers: down.slice(0, count), onBar, timeStamp: now });
    }
    const moved = down.map((finger) => ({ ...finger, y: finger.y + slides }));
    gesture.completes({ type: "move", fingers: moved, onBar, timeStamp: now + lasts / 2 });
    now += lasts;
    for (let left = fingers - 1; left >= 0; left -= 1) {
      completed = gesture.completes({ type: "end", fingers: moved.slice(0, left), onBar, timeStamp: now }) || completed;
    }
    now += pause;
  }
  return completed;
}

describe("three taps", () => {
  const [two, one, bar]: [Tap, Tap, Tap] = [{}, { fingers: 1 }, { fingers: 1, onBar: true }];
  it("with two fingers leave", () => expect(completes([two, two, two])).toBe(true));
  it("with one finger on the bar leave", () => expect(completes([bar, bar, bar])).toBe(true));
  it("with fingers that tremble leave", () => expect(completes([{ slides: 9 }, two, { slides: -9 }])).toBe(true));
  it("after others leave", () => expect(completes([one, bar, two, two, two])).toBe(true));
  it("with one finger elsewhere do not", () => expect(completes([one, one, one])).toBe(false));
  it("with three fingers do not", () => {
    const three = { fingers: 3 };
    expect(completes([three, three, three])).toBe(false);
  });
  it("need to be three", () => expect(completes([two, two])).toBe(false));
  it("of different kinds do not", () => expect(completes([two, bar, two])).toBe(false));
  it("with something else in between do not", () => expect(completes([two, two, one, two])).toBe(false));
  it("that scroll or pinch do not", () => {
    expect(completes([{ slides: 60 }, { slides: 60 }, { slides: 60 }])).toBe(false);
  });
  it("that are long presses do not", () => expect(completes([{ lasts: 600 }, { lasts: 600 }, two])).toBe(false));
  it("that are slow do not", () => expect(completes([two, two, two], 1_200)).toBe(false));
});
