import { describe, expect, it } from "vitest";
import { compareKeepers, findKeepers } from "../../../src/writing/keepers";

const kept = (text: string) => findKeepers(text).map((keeper) => `${keeper.kind} ${keeper.text}`);
const lost = (source: string, candidate: string) =>
  compareKeepers(source, candidate).lost.map((keeper) => keeper.text);
const invented = (source: string, candidate: string) =>
  compareKeepers(source, candidate).invented.map((keeper) => keeper.text);

describe("findKeepers", () => {
  it.each([
    ["It costs €1,200.50 or 12% more.", ["number 1,200.50", "unit €", "number 12", "unit %"]],
    ["We met Ilse Vandeputte in Delft.", ["name Ilse Vandeputte", "name Delft"]],
    ["Run `npm ci` in ./scripts/build.sh now.", ["code `npm ci`", "path ./scripts/build.sh"]],
    [
      "Ask jo@example.org or @marta about #123.",
      ["email jo@example.org", "mention @marta", "mention #123"],
    ],
    [
      "You typed {input}, {{name}}, $HOME and %s.",
      ["placeholder {{name}}", "placeholder {input}", "placeholder $HOME", "placeholder %s"],
    ],
    [
      "See [the docs](https://a.b/c) and ![x](y.png).",
      ["markup ![x](y.png)", "link ](https://a.b/c)"],
    ],
    ["A note[^1] on https://example.org/a.", ["markup [^1]", "link https://example.org/a"]],
    ["It rains on Friday in March 2026.", ["number 2026", "date Friday", "date March"]],
    [
      "Set max_rows by --max-rows or maxRows().",
      ["code --max-rows", "code maxRows()", "code max_rows"],
    ],
  ])("finds all in %j", (text, expected) => {
    expect(kept(text).sort()).toEqual([...expected].sort());
  });

  it.each([
    "Please read this and/or that, e.g. today.",
    "I think I'm right. The end: Nothing else.",
    "DO NOT PAY. This is AMAZING!",
    "A Guide To Good Writing",
  ])("finds nothing in %j", (text) => {
    expect(kept(text)).toEqual([]);
  });
});

describe("compareKeepers", () => {
  it.each([
    ["Wait 2 days.", "Wait two days."],
    ["Wait three days.", "Wait 3 days."],
    ["It took 3,100 years.", "It took 3100 years."],
    ["Samples 4 to 9 are bad.", "Samples 4–9 are bad."],
    ["Open at 20:00.", "Open at 8 pm."],
    ["Open at 9:30.", "Open at 9.30."],
    ["It fell by 4.7 per cent.", "It fell by 4.7%."],
    ["It costs 900 euros.", "It costs €900."],
    ["There are 12 eggs left.", "A dozen eggs are left."],
    ["He came in 1st.", "He was the first."],
    ["We met on Thursday.", "We met on Thurs."],
    ["It is due 2026-03-01.", "It is due on 1 March 2026."],
    ["I saw Dr Ilse Vandeputte.", "Vandeputte was there, I saw."],
    ["Dominika's cake is here.", "The cake is for Dominika."],
    ["The annual general meeting is near.", "The AGM is near."],
    ["The SLA-aligned plan holds.", "The plan is in line with the SLA."],
  ])("takes %j and %j as the same", (source, candidate) => {
    expect(compareKeepers(source, candidate)).toEqual({ lost: [], invented: [] });
  });

  it.each([
    ["Wait 2 days.", "Wait some days.", "2"],
    ["Wait three days.", "Wait some days.", "three"],
    ["It grew by 12%.", "It grew by 12.", "%"],
    ["Ask Ngozi on Thursday.", "Ask Ngozi soon.", "Thursday"],
    ["Please ask Ngozi.", "Please ask them.", "Ngozi"],
    ["Run `npm ci` first.", "Run npm first.", "`npm ci`"],
    ["Read [it](https://a.b/c).", "Read [it](https://a.b/d).", "](https://a.b/c)"],
  ])("sees that %j lost something in %j", (source, candidate, expected) => {
    expect(lost(source, candidate)).toContain(expected);
  });

  it.each([
    ["It is late.", "It is 3 days late.", "3"],
    ["It is late.", "It is four days late.", "four"],
    ["It costs 5 dollars.", "It costs 5 euros.", "€"],
    ["Please come.", "Please come on Monday.", "Monday"],
    ["Please come.", "Please come with Marta.", "Marta"],
    ["Please look.", "Please look at https://a.b.", "https://a.b"],
  ])("sees what %j never said in %j", (source, candidate, expected) => {
    expect(invented(source, candidate)).toContain(expected);
  });

  it("does not take a capital at the start of a sentence for a name", () => {
    expect(invented("come at once.", "Please do come. Thanks! I'm here.")).toEqual([]);
  });
});
