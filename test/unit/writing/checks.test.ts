import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { checkCandidate } from "../../../src/writing/checks";
import { cleanCandidate } from "../../../src/writing/clean";

// Thousands of texts go through; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const context = { finished: true, conciseAllowed: false };
const failed = (source: string, candidate: string, given = context) =>
  checkCandidate(source, candidate, given)
    .checks.filter((check) => !check.passed)
    .map((check) => check.name);

interface Passage {
  source: string;
  rewrites: Record<string, string>;
}
const corpus = readFileSync("corpus/validation.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Passage);

describe("checkCandidate", () => {
  const source = "Please send the file to Marta by 5 pm, and don't forget the cover page.";

  it("passes a good rewrite, and names every check once", () => {
    const report = checkCandidate(
      source,
      "Could you send Marta the file by 5 pm, with its cover page?",
      context,
    );
    expect(report.passed).toBe(true);
    expect(report.checks.map((check) => check.name)).toEqual([
      "keepers",
      "invented",
      "chatter",
      "loop",
      "length",
      "finished",
      "language",
      "markup",
    ]);
  });

  it.each([
    ["keepers", "Please send the file to Marta soon, and don't forget the cover page."],
    [
      "invented",
      "Please send the file to Marta and Boris by 5 pm, and don't forget the cover page.",
    ],
    ["chatter", "Sure, here is the file for Marta by 5 pm, with the cover page."],
    ["chatter", "Rewritten text: send the file to Marta by 5 pm, with the cover page."],
    [
      "loop",
      "Send Marta the file by 5 pm, send Marta the file by 5 pm, send Marta the file by 5 pm.",
    ],
    ["length", "Marta, 5 pm."],
    [
      "language",
      "Bitte schicken Sie die Datei bis 5 pm an Marta und vergessen Sie nicht das Deckblatt.",
    ],
    ["markup", "Please send **the file to Marta by 5 pm, and don't forget the cover page."],
    ["markup", "- Send the file to Marta by 5 pm\n- Don't forget the cover page of it"],
    ["markup", "Please send the file (to Marta by 5 pm, and don't forget the cover page."],
  ])("fails %s for %j", (name, candidate) => {
    expect(failed(source, candidate)).toContain(name);
  });

  it("fails a text that was cut off, an empty one, and one that only repeats a word", () => {
    expect(failed(source, source, { ...context, finished: false })).toEqual(["finished"]);
    expect(failed(source, "")).toContain("length");
    expect(failed("Stop it now.", "Stop stop stop stop.")).toContain("loop");
  });

  it("allows a shorter text where conciseness was asked for", () => {
    const long = "I would like to kindly ask all of you whether you could possibly close the door.";
    expect(failed(long, "Please close the door.")).toEqual(["length"]);
    expect(failed(long, "Please close the door.", { ...context, conciseAllowed: true })).toEqual(
      [],
    );
  });

  it("passes nearly all rewrites by people, and few of another text", () => {
    let passed = 0;
    let all = 0;
    for (const { source: text, rewrites } of corpus) {
      for (const [tone, rewrite] of Object.entries(rewrites)) {
        all++;
        const report = checkCandidate(text, rewrite, {
          finished: true,
          conciseAllowed: tone === "concise",
        });
        if (report.passed) passed++;
      }
    }
    expect(passed / all).toBeGreaterThan(0.97);

    const mismatched = corpus.filter(({ source: text }, i) => {
      const other = corpus[(i * 7 + 13) % corpus.length];
      return (
        other !== undefined &&
        other.source !== text &&
        failed(text, other.rewrites["neutral"] ?? "").length === 0
      );
    });
    expect(mismatched.length / corpus.length).toBeLessThan(0.03);
  });
});

describe("cleanCandidate", () => {
  const source = "Please close the door.";

  it.each([
    ['"Could you close the door?"', "Could you close the door?"],
    ["“Could you close the door?”", "Could you close the door?"],
    ["```\nCould you close the door?\n```", "Could you close the door?"],
    ["```text\nCould you close the door?\n```\n", "Could you close the door?"],
    ["Sure, here is the rewritten text: Could you close the door?", "Could you close the door?"],
    ["Rewritten text: Could you close the door?", "Could you close the door?"],
    ["  Could you\nclose the door?  \n", "Could you close the door?"],
    ["You’d do well to “close” it…", 'You\'d do well to "close" it...'],
  ])("makes %j plain", (raw, expected) => {
    expect(cleanCandidate(raw, source)).toBe(expected);
  });

  it("keeps quotes, white space and typography that are the source's", () => {
    expect(cleanCandidate('"Shut it."', '"Close it."')).toBe('"Shut it."');
    expect(cleanCandidate("Shut it.", "  Close it.\n")).toBe("  Shut it.\n");
    expect(cleanCandidate('It\'s "shut".', "It’s “closed”.")).toBe("It’s “shut”.");
    expect(cleanCandidate('"No" and "yes"', "No and yes")).toBe('"No" and "yes"');
  });

  it("gives a heading no full stop", () => {
    expect(cleanCandidate("How to install it.", "Installing the tool")).toBe("How to install it");
    expect(cleanCandidate("Do it. Then rest.", "Doing it and resting")).toBe("Do it. Then rest.");
  });

  it("leaves a list that the source lacks for the check to find", () => {
    const cleaned = cleanCandidate("- close it\n- lock it", source);
    expect(failed(source, cleaned)).toContain("markup");
  });

  it("changes no word of a good rewrite", () => {
    const letters = (text: string) => text.match(/[\p{L}\d]+/gu);
    for (const { source: text, rewrites } of corpus) {
      for (const rewrite of Object.values(rewrites)) {
        expect(letters(cleanCandidate(rewrite, text))).toEqual(letters(rewrite));
      }
    }
  });
});
