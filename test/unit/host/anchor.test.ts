import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterReplacing, findAll, findNear, shiftAnchor } from "../../../src/host/anchor";

function apply(text: string, change: { rangeOffset: number; rangeLength: number; text: string }) {
  return (
    text.slice(0, change.rangeOffset) +
    change.text +
    text.slice(change.rangeOffset + change.rangeLength)
  );
}

describe("an anchor", () => {
  it("stays with its text through any edit that does not touch it", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ minLength: 1 }),
        fc.string(),
        fc.string(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (before, anchored, after, inserted, where, inFront) => {
          const text = before + anchored + after;
          const anchor = { offset: before.length, length: anchored.length };
          const room = inFront ? before.length : after.length;
          const from = Math.floor(where * room);
          const rangeOffset = inFront ? from : before.length + anchored.length + from;
          const change = {
            rangeOffset,
            rangeLength: Math.floor((room - from) / 2),
            text: inserted,
          };
          const moved = shiftAnchor(anchor, change);
          const now = apply(text, change);
          expect(now.slice(moved.offset, moved.offset + moved.length)).toBe(anchored);
        },
      ),
    );
  });

  it("is found again when its text was cut and put in near by", () => {
    expect(findNear("one. two. three. ", 0, "two. ")).toBe(5);
  });

  it("is not guessed: two places, none, or only one far away", () => {
    expect(findNear("x same y same z", 0, "same")).toBeUndefined();
    expect(findNear("nothing", 0, "same")).toBeUndefined();
    expect(findNear(" ".repeat(50_000) + "same", 0, "same")).toBeUndefined();
    expect(findNear("anything", 3, "")).toBeUndefined();
  });

  it("prefers the place where it is expected to an equal text elsewhere", () => {
    expect(findNear("same same same", 5, "same")).toBe(5);
  });
});

describe("several anchors", () => {
  const anchors = [
    { offset: 0, length: 3 },
    { offset: 4, length: 5 },
  ];

  it("are refused together when one is lost, or when their order changed", () => {
    expect(findAll("one three", anchors, ["one", "three"])).toHaveLength(2);
    expect(findAll("one thr33", anchors, ["one", "three"])).toBeUndefined();
    expect(findAll("three one", anchors, ["one", "three"])).toBeUndefined();
  });

  it("stand at their new texts after replacing, for any texts", () => {
    const part = fc.tuple(fc.string(), fc.string({ minLength: 1 }), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        let old = "";
        let now = "";
        const before = parts.map(([gap, was, becomes]) => {
          const anchor = { offset: old.length + gap.length, length: was.length };
          old += gap + was;
          now += gap + becomes;
          return anchor;
        });
        const after = afterReplacing(
          before,
          parts.map(([, , becomes]) => becomes),
        );
        after.forEach(({ offset, length }, index) =>
          expect(now.slice(offset, offset + length)).toBe(parts[index]![2]),
        );
      }),
    );
  });
});
