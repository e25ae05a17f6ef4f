import * as vscode from "vscode";
import { TonesteerError, toErrorShape } from "../shared/errors";
import type { PanelLadder, PanelPreview, PanelState, PanelRun } from "../shared/panelProtocol";
import type { Config } from "./config";
import type { EngineClient } from "./engineClient";
import type { Log } from "./log";
import type { Preview } from "./preview";
import type { RewriteOutcome, RewriteService } from "./rewriteService";
import type { LastEditor } from "./targets";
import { TonePanelLive } from "./tonePanelLive";
import { TonePanelPack } from "./tonePanelPack";
import type { PackPlace } from "./tonePanelPack";
import { TonePanelSelection } from "./tonePanelSelection";
import {
  knownWeights,
  panelEngine,
  panelRun,
  panelSteering,
  sameWeights,
  steeringSettings,
} from "./tonePanelState";
import { presetTitle } from "./tonePanelStrings";
import type { ToneStore } from "./toneStore";

export interface TonePanelParts {
  readonly engine: EngineClient;
  readonly config: Config;
  readonly store: ToneStore;
  readonly service: RewriteService;
  readonly preview: Preview;
  readonly editors: LastEditor;
  readonly log: Log;
  readonly pack: PackPlace;
}

export const ladderStrengths: readonly number[] = [-1, -0.5, 0, 0.5, 1];

/** The truth that the panel shows, gathered from the host's parts. It outlives every page. */
export class TonePanelModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Something that `state()` tells of is different now. */
  readonly onDidChange = this.changed.event;
  private readonly progressed = new vscode.EventEmitter<NonNullable<PanelRun["progress"]>>();
  readonly onDidProgress = this.progressed.event;

  readonly pack: TonePanelPack;
  readonly selection: TonePanelSelection;
  readonly live: TonePanelLive;
  private readonly subscriptions: vscode.Disposable[];
  private shownLadder: PanelLadder | null = null;
  private ladderIsWritten = false;
  private notice = "";
  private revision = 0;
  private weights: PanelState["weights"];
  private lastRun = "idle";
  private lastEngine = "asleep";
  constructor(readonly parts: TonePanelParts) {
    const { engine, config, store, service, preview, editors } = parts;
    this.pack = new TonePanelPack(parts.pack, (sentence) => parts.log.warn(sentence));
    this.selection = new TonePanelSelection(editors, service, engine);
    this.live = new TonePanelLive(
      service,
      () => this.knownWeights,
      (outcome) => this.take(outcome),
    );
    this.weights = store.weights;
    this.subscriptions = [
      this.pack,
      this.selection,
      this.live,
      this.pack.onDidChange(() => this.changed.fire()),
      this.selection.onDidChange(() => this.changed.fire()),
      store.onDidChange(() => {
        if (!sameWeights(this.weights, store.weights)) this.live.wake();
        this.weights = store.weights;
        this.changed.fire();
      }),
      config.onDidChange(({ before, now }) => {
        const differs = steeringSettings.some(
          (name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]),
        );
        if (differs) this.live.wake();
        this.changed.fire();
      }),
      preview.onDidChange(() => this.changed.fire()),
      // The text that is being written and its speed travel as progress, not as states.
      service.onDidChangeState((state) => {
        const run = panelRun(state, this.runKind);
        if (run?.progress && this.lastRun === "running") this.progressed.fire(run.progress);
        else this.changed.fire();
        this.lastRun = state.kind;
      }),
      engine.onDidChangeState(({ kind }) => {
        if (kind !== this.lastEngine) this.changed.fire();
        this.lastEngine = kind;
      }),
    ];
  }

  get knownWeights(): PanelState["weights"] {
    return knownWeights(this.parts.store.weights, this.pack.now);
  }

  /** All of it, with a higher number than any before. */
  state(): PanelState {
    const { engine, config, store, service } = this.parts;
    const pack = this.pack.now;
    const run = panelRun(service.state, this.runKind);
    return {
      revision: ++this.revision,
      engine: panelEngine(engine.state),
      pack: pack?.shown ?? null,
      weights: this.knownWeights,
      presets: store.presets.map(({ name, weights, shipped }) => ({
        id: name,
        title: shipped ? presetTitle(name) : name,
        weights: knownWeights(weights, pack),
        shipped,
      })),
      selection: this.selection.now,
      steering: panelSteering(config.now, pack),
      live: this.live.on,
      run: run ?? (this.ladderIsWritten ? { kind: "ladder", progress: null } : null),
      preview: this.preview(),
      ladder: this.shownLadder,
      result: this.result(),
      notice: this.notice,
    };
  }

  /** Does what the page asked for; a failure becomes the panel's notice, and is thrown on. */
  async attempt(work: () => void | Promise<unknown>): Promise<PanelState> {
    this.notice = "";
    try {
      await work();
    } catch (error) {
      const { reason, message } = toErrorShape(error);
      this.parts.log.warn(`The panel's wish was refused: ${reason}: ${message}`);
      this.notice = message;
      this.changed.fire();
      throw error;
    }
    return this.state();
  }

  /** Begins a rewrite that may take long; how it ends is told by the states that follow. */
  begin(work: () => Promise<RewriteOutcome>): void {
    this.notice = "";
    this.live.calm();
    void work().then((outcome) => this.take(outcome));
  }

  async ladder(): Promise<void> {
    const { service } = this.parts;
    const before = this.selection.sources[0] ?? null;
    this.live.calm();
    this.notice = "";
    this.shownLadder = null;
    this.ladderIsWritten = true;
    this.changed.fire();
    try {
      const result = await service.ladder(this.knownWeights, ladderStrengths);
      if (!result) return;
      if ("kind" in result) this.notice = result.message;
      else this.shownLadder = { before, rungs: result.rungs };
    } finally {
      this.ladderIsWritten = false;
      this.changed.fire();
    }
  }

  async applyRung(index: number): Promise<void> {
    if (!this.shownLadder?.rungs[index]?.changed) {
      throw new TonesteerError(
        "badRequest",
        vscode.l10n.t("There is no such step in the ladder. Write a new one."),
      );
    }
    const outcome = await this.parts.service.putInRung(index);
    if (outcome.kind === "applied") this.shownLadder = null;
    this.take(outcome);
  }

  closeLadder(): void {
    this.shownLadder = null;
    this.changed.fire();
  }

  async undo(): Promise<void> {
    if (await this.parts.service.undo()) return;
    throw new TonesteerError(
      "selectionChanged",
      vscode.l10n.t("The document was changed since, so use the editor's own undo."),
    );
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    this.progressed.dispose();
  }

  /** What ended well shows itself: in the document, the preview or the result's card. */
  private take(outcome: RewriteOutcome): void {
    if (outcome.kind === "failed" && !["cancelled", "replaced"].includes(outcome.reason)) {
      this.notice = outcome.message;
    }
    this.changed.fire();
  }

  private get runKind(): PanelRun["kind"] {
    if (this.ladderIsWritten) return "ladder";
    return this.live.isWriting ? "live" : "rewrite";
  }

  private preview(): PanelPreview | null {
    const { shown, texts } = this.parts.preview;
    if (!shown || !texts) return null;
    const { target, draft, version } = shown;
    const gap = "\n\n";
    return {
      texts: { before: target.sources.join(gap), after: texts.join(gap) },
      summary: draft.summary,
      version,
      versions: draft.versions.length,
      stale: this.live.on && !sameWeights(draft.ask.weights, this.knownWeights),
    };
  }

  private result(): PanelState["result"] {
    const { store, service } = this.parts;
    const result = store.lastResult;
    return result ? { ...result, canRepeat: service.canRepeat, canUndo: service.canUndo } : null;
  }
}
