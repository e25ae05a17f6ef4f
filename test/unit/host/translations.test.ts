import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const folder = path.join("src", "host");
const sources = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), "utf8"));
const literal = /l10n\.t\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/gu;
const used = sources.flatMap((source) =>
  [...source.matchAll(literal)].map(([, double, single]) =>
    (double ?? single ?? "").replace(/\\(.)/gu, "$1"),
  ),
);
const german = JSON.parse(readFileSync(path.join("l10n", "bundle.l10n.de.json"), "utf8")) as Record<
  string,
  string
>;
const placeholders = (text: string) => (text.match(/\{\d\}|\$\([\w~-]+\)/gu) ?? []).sort();

describe("what the host says", () => {
  it("is found in its sources", () => {
    expect(used.length).toBeGreaterThan(100);
    expect(used).toContain("Show the Best Attempt");
  });

  it("is all said in German too, and nothing else", () => {
    expect([...new Set(used)].filter((text) => german[text] === undefined)).toEqual([]);
    expect(Object.keys(german).filter((text) => !used.includes(text))).toEqual([]);
  });

  it("keeps its placeholders and icons in German", () => {
    for (const [text, translated] of Object.entries(german)) {
      expect(placeholders(translated), text).toEqual(placeholders(text));
    }
  });
});
