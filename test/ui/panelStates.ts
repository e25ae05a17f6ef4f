import fs from "node:fs";
import path from "node:path";
import type {
  PanelLadder,
  PanelPreview,
  PanelResult,
  PanelState,
} from "../../src/shared/panelProtocol";
import { repository } from "../harness/places";

/** States as a host would send them; tones and sites are the shipped pack's own. */
export function panelState(): PanelState {
  return {
    revision: 0,
    engine: { state: "ready", reason: null, message: "" },
    pack: shippedPack(),
    weights: {},
    presets: [
      { id: "Mine", title: "Mine", weights: { casual: 0.6 }, shipped: false },
      {
        id: "Kind reply",
        title: "Kind reply",
        weights: { empathetic: 1, helpful: 0.5 },
        shipped: true,
      },
      {
        id: "Short and plain",
        title: "Short and plain",
        weights: { concise: 1, neutral: 0.5 },
        shipped: true,
      },
    ],
    selection: {
      kind: "selection",
      fileName: "letter.md",
      words: 42,
      writable: true,
      reading: reading(0.62, 0.08),
    },
    steering: {
      layerDepth: null,
      sites: null,
      alphaShare: null,
      method: null,
      steps: null,
      fidelity: "strict",
    },
    live: false,
    run: null,
    preview: null,
    ladder: null,
    result: null,
    notice: "",
  };
}

export const before = "The payment of 40 euros failed. You have to send the form again by 3 May.";
export const after =
  "We are sorry that the payment of 40 euros failed. Please send the form again by 3 May.";

export function panelResult(): PanelResult {
  return {
    documentName: "letter.md",
    weights: { empathetic: 0.8, expert: -0.4 },
    units: { changed: 3, total: 4 },
    reasons: ["noCandidatePassed"],
    checks: [
      { name: "keepers", passed: true, detail: "" },
      { name: "invented", passed: true, detail: "" },
      { name: "keepers", passed: false, detail: "May is missing." },
      { name: "something new", passed: true, detail: "" },
    ],
    characters: { before: 73, after: 88 },
    tones: { before: reading(0.62, 0.08), after: reading(0.1, 0.81) },
    roundTrip: -0.62,
    tokens: 61,
    tokensPerSecond: 54.3,
    seconds: 1.12,
    alternatives: 2,
    canRepeat: true,
    canUndo: true,
  };
}

export function panelPreview(): PanelPreview {
  const { canRepeat: _repeat, canUndo: _undo, ...summary } = panelResult();
  return { texts: { before, after }, summary, version: 0, versions: 3, stale: false };
}

export function panelLadder(): PanelLadder {
  return {
    before,
    rungs: [-1, -0.5, 0, 0.5, 1].map((strength, place) => ({
      strength,
      text: place === 0 ? before : after,
      changed: place !== 0,
      tones: reading(0.6 - place / 10, 0.1 + place / 6),
    })),
  };
}

function reading(neutral: number, empathetic: number): Record<string, number> {
  const rest = (1 - neutral - empathetic) / 5;
  return {
    neutral,
    empathetic,
    expert: rest,
    cautious: rest,
    casual: rest,
    concise: rest,
    helpful: rest,
  };
}

function shippedPack(): NonNullable<PanelState["pack"]> {
  const file = path.join(repository, "models", "smollm2-135m-rewriter", "pack.json");
  const pack = JSON.parse(fs.readFileSync(file, "utf8"));
  const blocks: number = pack.architecture.blocks;
  return {
    title: pack.title,
    tones: pack.tones,
    blocks,
    sites: Object.entries<{ mlp: number }>(pack.sites).map(([site, { mlp }]) => ({
      site: Number(site),
      depth: Number(site) / (blocks - 1),
      accuracy: mlp,
    })),
    calibrated: {
      method: pack.steering.method,
      sites: pack.steering.sites,
      steps: pack.steering.steps,
      alphaShare: pack.steering.alpha / pack.steering.alphaMaximum,
    },
  };
}
