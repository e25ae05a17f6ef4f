import { describe, expect, test } from "vitest";
import type { PanelStrings } from "../../../src/shared/panelStrings";
import { fill, NumberFormat, parseSites, weightText } from "../../../webview/format";

const strings = {
  off: "off",
  valuePromote: "promote, {0}",
  valueSuppress: "suppress, {0}",
} as PanelStrings;

describe("texts with holes", () => {
  test("are filled by place, in any order and as often as they ask", () => {
    expect(fill("{1} of {0}, {1}", "four", 3)).toBe("3 of four, 3");
  });

  test("keep a hole that nothing is given for, and take a value literally", () => {
    expect(fill("{0} {2}", "$&{1}", "b")).toBe("$&{1} {2}");
  });
});

describe("numbers", () => {
  test("follow the person's language", () => {
    expect(new NumberFormat("de").decimal(0.6)).toBe("0,6");
    expect(new NumberFormat("en").signed(-0.4)).toBe("-0.4");
    expect(new NumberFormat("en").signed(1)).toBe("+1.0");
    expect(new NumberFormat("en").signedPercent(0)).toBe("0%");
  });

  test("survive a locale that is none", () => {
    expect(new NumberFormat("not a locale!").decimal(1)).toBe("1");
    expect(new NumberFormat("").percent(0.5)).toMatch(/50\s?%/u);
  });

  test("are spoken with the direction of the tone", () => {
    const numbers = new NumberFormat("en");
    expect(weightText(0.6, strings, numbers)).toBe("promote, 0.6");
    expect(weightText(-0.4, strings, numbers)).toBe("suppress, 0.4");
    expect(weightText(0, strings, numbers)).toBe("off");
  });
});

describe("typed layers", () => {
  const allowed = [6, 8, 12, 16, 20];

  test("are sorted and each taken once, however they are separated", () => {
    expect(parseSites("16, 12;20  12", allowed)).toEqual([12, 16, 20]);
  });

  test.each(["", " , ", "7", "12, x", "-6", "1e1", "12.0", "0x6", "6, 999999999999999999999"])(
    "are refused as a whole: %j",
    (typed) => expect(parseSites(typed, allowed)).toBeUndefined(),
  );
});
