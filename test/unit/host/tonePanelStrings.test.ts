import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const folder = path.join("src", "host");
const german: Record<string, string> = JSON.parse(
  fs.readFileSync(path.join("l10n", "bundle.l10n.de.json"), "utf8"),
);
const texts = fs
  .readdirSync(folder)
  .filter((name) => name.startsWith("tonePanel"))
  .map((name) => fs.readFileSync(path.join(folder, name), "utf8"))
  .flatMap((source) => [...source.matchAll(/l10n\.t\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/gu)])
  .map(([, literal]) => literal!.slice(1, -1).replace(/\\(.)/gu, "$1"));

test("every text of the panel is there in German, with the same holes", () => {
  expect(texts.length).toBeGreaterThan(100);
  const holes = (text = "") => [...text.matchAll(/\{\d\}/gu)].map(([hole]) => hole).sort();
  for (const text of texts) {
    expect(german[text], text).toBeTruthy();
    expect(holes(german[text]), text).toEqual(holes(text));
  }
});
