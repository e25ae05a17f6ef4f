import * as v from "valibot";
import type { Contract } from "./channel";
import { ToneReading } from "./engineProtocol";
import { errorReasons } from "./errors";
import { PanelStrings } from "./panelStrings";
import { RewriteSummary } from "./rewriteSummary";
import { fidelities, steeringMethods, ToneWeights } from "./steeringRequest";

/**
 * The wire between the extension host and the tone panel's page. The page asks, the host decides
 * and answers with the whole `PanelState`, never with a part of it: a page that was hidden, or that
 * lost a message, is right again after the next one. Only the text that is being written travels
 * by itself (`didWrite`), because losing some of it does no harm.
 */

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const share = v.pipe(finite, v.minValue(0), v.maxValue(1));
const text = v.string();
const toneId = v.pipe(text, v.minLength(1), v.maxLength(64));
const presetId = v.pipe(text, v.minLength(1), v.maxLength(80));
const presetName = v.pipe(text, v.trim(), v.minLength(1), v.maxLength(60));
const weight = v.pipe(finite, v.minValue(-1), v.maxValue(1));

export const engineStates = ["asleep", "loading", "ready", "writing", "failed"] as const;
export type PanelEngineState = (typeof engineStates)[number];

/** `message` is the host's sentence on what is wrong and what to do; empty while all is well. */
const PanelEngine = v.object({
  state: v.picklist(engineStates),
  reason: v.nullable(v.picklist(errorReasons)),
  message: text,
});

const PanelPack = v.object({
  title: text,
  tones: v.array(v.object({ id: toneId, title: text, description: text })),
  blocks: count,
  /** Sites with a classifier; accuracy on held-out texts, 0 to 1. */
  sites: v.array(v.object({ site: count, depth: share, accuracy: share })),
  calibrated: v.object({
    method: v.picklist(steeringMethods),
    sites: v.array(count),
    steps: count,
    /** Of the pack's ceiling (`alphaMaximum`), 0 to 1. */
    alphaShare: share,
  }),
});
export type PanelPack = v.InferOutput<typeof PanelPack>;

const PanelPreset = v.object({
  id: presetId,
  title: text,
  weights: ToneWeights,
  /** Shipped presets can neither be renamed nor deleted. */
  shipped: v.boolean(),
});
export type PanelPreset = v.InferOutput<typeof PanelPreset>;

/** What a rewrite would work on. Without a selection it is the paragraph at the cursor. */
const PanelSelection = v.object({
  kind: v.picklist(["none", "paragraph", "selection", "several"]),
  fileName: text,
  words: count,
  writable: v.boolean(),
  /** The classifier's reading; null while the engine sleeps or has not read yet. */
  reading: v.nullable(ToneReading),
});
export type PanelSelection = v.InferOutput<typeof PanelSelection>;

/** null always means "as the pack is calibrated". */
const SteeringChoice = v.object({
  layerDepth: v.nullable(share),
  sites: v.nullable(v.pipe(v.array(count), v.minLength(1), v.maxLength(64))),
  /** Strength as a share of the pack's ceiling, 0 to 1. */
  alphaShare: v.nullable(share),
  method: v.nullable(v.picklist(steeringMethods)),
  steps: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16))),
  fidelity: v.picklist(fidelities),
});
export type SteeringChoice = v.InferOutput<typeof SteeringChoice>;

/** How far a rewrite has come; droppable, so it also travels by itself. */
export const PanelProgress = v.object({
  /** Zero-based selection, of how many; in it the zero-based passage, of how many. */
  place: count,
  places: count,
  passage: count,
  passages: count,
  /** The current passage as far as it is written: whole words only. */
  written: text,
  tokensPerSecond: finite,
});
export type PanelProgress = v.InferOutput<typeof PanelProgress>;

export const runKinds = ["rewrite", "live", "ladder"] as const;
const PanelRun = v.object({ kind: v.picklist(runKinds), progress: v.nullable(PanelProgress) });
export type PanelRun = v.InferOutput<typeof PanelRun>;

/** A rewrite that is only shown; nothing is in the document until it is applied. */
const PanelPreview = v.object({
  /** null while the texts are only shown in the editor. */
  texts: v.nullable(v.object({ before: text, after: text })),
  summary: v.nullable(RewriteSummary),
  /** Zero-based version shown, of how many. */
  version: count,
  versions: count,
  /** True when the tones or the selection have changed since it was written. */
  stale: v.boolean(),
});
export type PanelPreview = v.InferOutput<typeof PanelPreview>;

const PanelLadder = v.object({
  /** What the rungs were written from; null if it cannot be told any more. */
  before: v.nullable(text),
  rungs: v.array(v.object({ strength: finite, text, changed: v.boolean(), tones: ToneReading })),
});
export type PanelLadder = v.InferOutput<typeof PanelLadder>;

/** The last rewrite that was put into a document, or that left it as it was. */
const PanelResult = v.object({
  ...RewriteSummary.entries,
  /** False once undone, and for a result of an earlier session. */
  canRepeat: v.boolean(),
  canUndo: v.boolean(),
});
export type PanelResult = v.InferOutput<typeof PanelResult>;

export const PanelState = v.object({
  /** Grows with each state of one host; a page drops a state older than the one it shows. */
  revision: count,
  engine: PanelEngine,
  /** null while no model pack can be found. */
  pack: v.nullable(PanelPack),
  weights: ToneWeights,
  presets: v.array(PanelPreset),
  selection: PanelSelection,
  steering: SteeringChoice,
  live: v.boolean(),
  run: v.nullable(PanelRun),
  preview: v.nullable(PanelPreview),
  ladder: v.nullable(PanelLadder),
  result: v.nullable(PanelResult),
  /** Why the last thing asked for did not happen, and what to do; empty when it did. */
  notice: text,
});
export type PanelState = v.InferOutput<typeof PanelState>;

/** Buttons that lead to the editor's own commands and pages. */
export const panelActions = [
  "wakeEngine",
  "restartEngine",
  "showLog",
  "chooseModel",
  "openSettings",
  "openWalkthrough",
] as const;
export type PanelAction = (typeof panelActions)[number];

const nothing = v.strictObject({});
const answer = { result: PanelState } as const;

/** What the page may ask of the host. */
export const panelHostContract = {
  requests: {
    /** The page is there and listening. Nothing is sent to it before. */
    ready: { params: nothing, result: v.object({ strings: PanelStrings, state: PanelState }) },
    setWeight: { params: v.strictObject({ tone: toneId, weight }), ...answer },
    resetWeights: { params: nothing, ...answer },
    applyPreset: { params: v.strictObject({ id: presetId }), ...answer },
    /** Saves the weights of now under a name; the same name replaces one of the person's own. */
    savePreset: { params: v.strictObject({ name: presetName }), ...answer },
    renamePreset: { params: v.strictObject({ id: presetId, name: presetName }), ...answer },
    deletePreset: { params: v.strictObject({ id: presetId }), ...answer },
    importPresets: { params: nothing, ...answer },
    exportPresets: { params: nothing, ...answer },
    /** Only what is named changes. */
    setSteering: { params: v.strictObject(v.partial(SteeringChoice).entries), ...answer },
    rewrite: { params: nothing, ...answer },
    stop: { params: nothing, ...answer },
    setLive: { params: v.strictObject({ on: v.boolean() }), ...answer },
    applyPreview: { params: nothing, ...answer },
    discardPreview: { params: nothing, ...answer },
    nextAlternative: { params: nothing, ...answer },
    ladder: { params: nothing, ...answer },
    applyRung: { params: v.strictObject({ index: v.pipe(count, v.maxValue(7)) }), ...answer },
    closeLadder: { params: nothing, ...answer },
    undo: { params: nothing, ...answer },
    tryAgain: { params: nothing, ...answer },
    stronger: { params: nothing, ...answer },
    gentler: { params: nothing, ...answer },
    act: { params: v.strictObject({ action: v.picklist(panelActions) }), ...answer },
  },
  events: {
    didChangeState: PanelState,
    didWrite: PanelProgress,
  },
} as const satisfies Contract;
export type PanelHostContract = typeof panelHostContract;
export type PanelRequest = Exclude<keyof PanelHostContract["requests"], "ready">;

/** The page answers nothing and says nothing unasked. */
export const panelPageContract = { requests: {}, events: {} } as const satisfies Contract;
export type PanelPageContract = typeof panelPageContract;
