import fs from "node:fs";
import { describe, expect, test } from "vitest";
import { readSettings } from "../../../src/host/settings";
import { tonePanelPage } from "../../../src/host/tonePanelPage";
import {
  countWords,
  knownPack,
  knownWeights,
  panelEngine,
  panelRun,
  panelSteering,
  sameWeights,
  settingsFrom,
} from "../../../src/host/tonePanelState";

const json = fs.readFileSync("models/smollm2-135m-rewriter/pack.json", "utf8");
const raw = JSON.parse(json);
const pack = knownPack(json);
const defaults = readSettings(
  () => undefined,
  () => {},
);

describe("the pack as the panel shows it", () => {
  test("has every tone in the pack's order and every layer in the model's", () => {
    expect(pack.shown.tones.map(({ id }) => id)).toEqual(raw.tones.map(({ id }: never) => id));
    const sites = pack.shown.sites.map(({ site }) => site);
    expect(sites).toEqual([...sites].sort((a, b) => a - b));
    expect(sites).toHaveLength(Object.keys(raw.sites).length);
    for (const { site, depth, accuracy } of pack.shown.sites) {
      expect(depth).toBeCloseTo(site / (raw.architecture.blocks - 1));
      expect(accuracy).toBe(raw.sites[site].mlp);
    }
  });

  test("gives alpha as a share of its ceiling", () => {
    expect(pack.shown.calibrated.alphaShare).toBeCloseTo(
      raw.steering.alpha / raw.steering.alphaMaximum,
    );
  });

  test.each(["", "{}", "[]", '{"format":1}', json.replace('"format": 1', '"format": 2')])(
    "is none for what is no pack.json",
    (text) => expect(() => knownPack(text)).toThrow(),
  );
});

describe("steering as the panel shows it", () => {
  test("comes back as it was chosen", () => {
    const choice = {
      layerDepth: null,
      sites: [12, 16],
      alphaShare: 0.5,
      method: "linear",
      steps: 2,
      fidelity: "balanced",
    } as const;
    const settings = { ...defaults, ...settingsFrom({ ...choice, sites: [12, 16] }, pack) };
    expect(settings["steering.alpha"]).toBeCloseTo(0.5 * raw.steering.alphaMaximum);
    expect(panelSteering(settings, pack)).toEqual(choice);
  });

  test("changes only what was chosen; null is a choice, silence is none", () => {
    expect(settingsFrom({ steps: null }, pack)).toEqual({ "steering.steps": null });
    expect(settingsFrom({ alphaShare: null }, pack)).toEqual({ "steering.alpha": null });
    expect(settingsFrom({}, pack)).toEqual({});
  });

  test("an alpha above the ceiling shows as the ceiling", () => {
    const settings = { ...defaults, "steering.alpha": 9 };
    expect(panelSteering(settings, pack).alphaShare).toBe(1);
  });
});

test("weights of tones that the pack does not know are not shown", () => {
  expect(knownWeights({ expert: 0.5, casual: 0, sarcastic: 1 }, pack)).toEqual({ expert: 0.5 });
  expect(knownWeights({ expert: 0.5 }, undefined)).toEqual({});
});

test("a tone that is off is as good as one that is not named", () => {
  expect(sameWeights({ expert: 0, casual: 1 }, { casual: 1 })).toBe(true);
  expect(sameWeights({ casual: 1 }, { casual: -1 })).toBe(false);
});

test("only a failed engine has a sentence", () => {
  expect(panelEngine({ kind: "writing", tokensPerSecond: 9 })).toEqual({
    state: "writing",
    reason: null,
    message: "",
  });
  expect(panelEngine({ kind: "failed", reason: "engineCrashed", message: "Restart it." })).toEqual({
    state: "failed",
    reason: "engineCrashed",
    message: "Restart it.",
  });
});

test("a rewrite that waits for a decision is not running", () => {
  const waiting = { kind: "previewing", documentName: "a", version: 0, versions: 1 } as const;
  expect(panelRun(waiting, "live")).toBeNull();
});

test("words are counted whatever is between them", () => {
  expect(countWords("  one\ttwo\r\nthree – four ")).toBe(5);
  expect(countWords(" \n")).toBe(0);
});

describe("the panel's document", () => {
  const page = {
    nonce: "n1",
    styleNonce: "n2",
    script: "https://a/panel.js?x=1&y=2",
    style: "https://a/panel.css",
    source: "https://a",
    language: "en",
    title: 'A "<title>"',
    loading: "<b>Loading</b>",
  };

  test("lets in its one script and style sheet only", () => {
    const html = tonePanelPage(page);
    expect(html).toContain("default-src &#39;none&#39;".replace(/&#39;/gu, "'"));
    expect(html.match(/<script/gu)).toHaveLength(1);
    expect(html).toContain('<script nonce="n1" src="https://a/panel.js?x=1&amp;y=2">');
    expect(html).not.toMatch(/unsafe-|https?:\/\/(?!a)/u);
    expect(html).not.toContain("<b>");
  });

  test.each([
    ["en", "ltr"],
    ["de", "ltr"],
    ["pt-br", "ltr"],
    ["ar", "rtl"],
    ["he", "rtl"],
    ["fa-ir", "rtl"],
  ])("reads %s from %s", (language, direction) => {
    expect(tonePanelPage({ ...page, language })).toContain(`lang="${language}" dir="${direction}"`);
  });
});
