import * as vscode from "vscode";
import type { LadderResult, RewriteResult, ToneReading } from "../shared/engineProtocol";
import { TonesteerError, toErrorShape } from "../shared/errors";
import type { RewriteSummary } from "../shared/rewriteSummary";
import type { ToneWeights } from "../shared/steeringRequest";
import { rewritePlaces } from "./askEngine";
import type { Config } from "./config";
import { rejectedVersion, versionsOf } from "./draft";
import type { Ask, Asked } from "./draft";
import type { EngineClient } from "./engineClient";
import type { Log } from "./log";
import { Ladders } from "./ladders";
import { OneAtATime } from "./oneAtATime";
import type { Preview } from "./preview";
import type { PreviewDocument } from "./previewDocument";
import { readTone } from "./readTone";
import { copyRemedy, tellPartly, tellUnchanged } from "./rewriteMessages";
import { RewriteProgressView } from "./rewriteProgressView";
import type {
  RewriteOptions,
  RewriteOutcome,
  RewriteService,
  RewriteState,
} from "./rewriteService";
import { summarise } from "./summarise";
import { takeBack } from "./takeBack";
import { Target } from "./target";
import { type LastEditor, targetAt, wholeDocument } from "./targets";
import type { ToneStore } from "./toneStore";
import { requireWritable } from "./writable";

/** How much "Stronger" adds to the strength, and "Gentler" takes from it. */
const strengthStep = 1.25;

export interface RewriteRunnerParts {
  readonly engine: EngineClient;
  readonly config: Config;
  readonly store: ToneStore;
  readonly preview: Preview;
  readonly diff: PreviewDocument;
  readonly editors: LastEditor;
  readonly log: Log;
}

type Apply = "inPlace" | "preview";

/** Runs one rewrite at a time: finds the text, asks the engine, then puts the answer in or shows it. */
export class RewriteRunner implements RewriteService {
  private readonly changed = new vscode.EventEmitter<RewriteState>();
  readonly onDidChangeState = this.changed.event;
  private current: RewriteState = { kind: "idle" };
  private readonly jobs = new OneAtATime();
  /** For undo, again, stronger and gentler. */
  private last: Asked | undefined;
  private readonly ladders: Ladders;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly parts: RewriteRunnerParts) {
    this.ladders = new Ladders(parts.engine, parts.config);
    this.subscription = parts.preview.onDidChange(() => {
      if (this.current.kind !== "running") this.rest();
    });
  }

  get state(): RewriteState {
    return this.current;
  }

  get canUndo(): boolean {
    return this.last?.target.isPutIn ?? false;
  }

  get canRepeat(): boolean {
    return this.last?.target.ranges() !== undefined;
  }

  rewriteSelection(weights: ToneWeights, options: RewriteOptions = {}): Promise<RewriteOutcome> {
    return this.run(() => this.selected(), this.ask(weights, options), options);
  }

  rewriteDocument(weights: ToneWeights, options: RewriteOptions = {}): Promise<RewriteOutcome> {
    const find = () => {
      const document = this.parts.editors.editor?.document;
      return document ? wholeDocument(document) : targetAt(undefined);
    };
    return this.run(find, this.ask(weights, options), options);
  }

  stop(): void {
    this.jobs.stop();
  }

  async ladder(
    weights: ToneWeights,
    strengths: readonly number[],
  ): Promise<LadderResult | { readonly kind: "failed"; readonly message: string } | undefined> {
    try {
      const { document, places, selected } = this.selected();
      const target = new Target(document, places.slice(0, 1), selected);
      const ask = this.ask(weights, {});
      return await this.alone("replace", (signal) =>
        this.ladders.write(target, ask, strengths, signal),
      );
    } catch (error) {
      const { reason, message } = this.parts.log.report(error);
      return reason === "cancelled" ? undefined : { kind: "failed", message };
    }
  }

  putInRung(rung: number): Promise<RewriteOutcome> {
    return this.guarded(async () => {
      const chosen = this.ladders.rung(rung);
      if (!chosen) throw nothingToRepeat();
      return this.putIn(chosen, [chosen.text], chosen.summary);
    });
  }

  readSelection(options: { wake?: boolean } = {}): Promise<ToneReading | undefined> {
    const { engine, editors, log } = this.parts;
    return readTone(editors.editor, engine, log, options.wake ?? false);
  }

  accept(): Promise<RewriteOutcome> {
    return this.guarded(async () => {
      const { shown, texts } = this.parts.preview;
      if (!shown || !texts) throw nothingToRepeat();
      // The source's side of a diff cannot be edited: back to its own editor first.
      await this.parts.diff.close();
      const { target, draft } = shown;
      return this.putIn({ target, ask: draft.ask }, texts, draft.summary);
    });
  }

  reject(): void {
    this.parts.preview.close();
  }

  async nextAlternative(): Promise<RewriteOutcome> {
    const { preview } = this.parts;
    if (!preview.shown || preview.shown.draft.versions.length < 2) return this.tryAgain();
    preview.next();
    return { kind: "previewed", summary: preview.shown.draft.summary };
  }

  async undo(): Promise<boolean> {
    if (this.parts.preview.shown) {
      this.reject();
      return true;
    }
    const target = this.last?.target;
    if (!target?.isPutIn) return false;
    const outcome = await this.guarded(async () => {
      await takeBack(target);
      return { kind: "stopped" };
    });
    this.changed.fire(this.current);
    return outcome.kind !== "failed";
  }

  tryAgain(): Promise<RewriteOutcome> {
    return this.repeat((ask) => ({ ...ask, seed: ask.seed + 1 }));
  }

  stronger(): Promise<RewriteOutcome> {
    return this.repeat((ask) => ({ ...ask, strength: ask.strength * strengthStep }));
  }

  gentler(): Promise<RewriteOutcome> {
    return this.repeat((ask) => ({ ...ask, strength: ask.strength / strengthStep }));
  }

  dispose(): void {
    this.stop();
    this.subscription.dispose();
    this.last?.target.dispose();
    this.changed.dispose();
  }

  private ask(weights: ToneWeights, options: RewriteOptions): Ask {
    const settings = this.parts.config.now;
    return {
      weights,
      strength: options.strength ?? 1,
      seed: settings["generation.seed"],
      alternatives: options.alternatives ?? settings.alternatives,
    };
  }

  /** The text of an open preview as long as the cursor is in it, so that one can turn the dial. */
  private selected(): Target {
    const { editors, preview } = this.parts;
    const shown = preview.shown?.target;
    if (shown && editors.editor && shown.isSelectedIn(editors.editor)) return shown;
    return targetAt(editors.editor);
  }

  private repeat(change: (ask: Ask) => Ask): Promise<RewriteOutcome> {
    const { preview } = this.parts;
    const shown = preview.shown;
    const asked = shown ? { target: shown.target, ask: shown.draft.ask } : this.last;
    if (!asked) return this.guarded(() => Promise.reject(nothingToRepeat()));
    const apply = shown ? "preview" : asked.target.isPutIn ? "inPlace" : undefined;
    return this.run(() => asked.target, change(asked.ask), apply ? { apply } : {});
  }

  private run(find: () => Target, ask: Ask, options: RewriteOptions): Promise<RewriteOutcome> {
    const apply = options.apply ?? this.parts.config.now.apply;
    const quiet = options.quiet ?? false;
    return this.guarded(async () => {
      if (!Object.values(ask.weights).some((weight) => weight !== 0)) throw noTones();
      const target = find(); // now, since the focus may move while the model writes
      return this.alone(options.whenBusy ?? "replace", (signal) =>
        this.rewrite({ target, ask }, apply, quiet, signal),
      );
    }, quiet);
  }

  private async rewrite(
    asked: Asked,
    apply: Apply,
    quiet: boolean,
    signal: AbortSignal,
  ): Promise<RewriteOutcome> {
    const { target, ask } = asked;
    const { store, preview } = this.parts;
    await requireWritable(target.document);
    const results = await this.write(asked, quiet, signal);
    if (signal.aborted) throw new TonesteerError("cancelled", "Cancelled.");
    const summary = summarise(target.name, ask.weights, results);
    const versions = versionsOf(target.places, results);
    this.remember(asked);
    await store.setLastResult(summary);
    if (versions[0]!.every((text, index) => text === target.sources[index])) {
      const attempt = rejectedVersion(target.places, results);
      const show = attempt && (() => preview.show(target, { ask, summary, versions: [attempt] }));
      if (!quiet) void tellUnchanged(summary, show);
      return { kind: "unchanged", summary };
    }
    if (apply === "inPlace") return this.putIn(asked, versions[0]!, summary);
    preview.show(target, { ask, summary, versions }, quiet);
    return { kind: "previewed", summary };
  }

  /** While anything runs or waits, Escape and "Stop" are there for it. */
  private async alone<T>(
    whenBusy: "wait" | "replace",
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    void setRewriting(true);
    try {
      return await this.jobs.run(whenBusy, work);
    } finally {
      void setRewriting(this.jobs.isBusy);
    }
  }

  private async write(
    { target, ask }: Asked,
    quiet: boolean,
    signal: AbortSignal,
  ): Promise<RewriteResult[]> {
    const { engine, config } = this.parts;
    const places = target.places.length;
    const start = { kind: "running", documentName: target.name, places } as const;
    this.setState({
      ...start,
      place: 0,
      passage: 0,
      passages: 0,
      written: "",
      tokensPerSecond: 0,
    });
    const view = new RewriteProgressView(target, () => this.stop(), quiet);
    try {
      return await rewritePlaces(engine, target.places, ask, config.now, signal, (place, now) => {
        view.update(place, now);
        const { passage, passages, written, tokensPerSecond } = now;
        this.setState({ ...start, place, passage, passages, written, tokensPerSecond });
      });
    } finally {
      view.dispose();
      this.rest();
    }
  }

  private async putIn(
    asked: Asked,
    texts: readonly string[],
    summary: RewriteSummary,
  ): Promise<RewriteOutcome> {
    const { log, preview } = this.parts;
    const { target } = asked;
    try {
      await target.replace(texts);
    } catch (error) {
      const { reason, message } = log.report(error, [copyRemedy(texts)]);
      return { kind: "failed", reason, message };
    }
    this.remember(asked);
    preview.close();
    target.select();
    tellPartly(summary);
    return { kind: "applied", summary };
  }

  private remember(asked: Asked): void {
    const old = this.last?.target;
    this.last = asked;
    if (old && old !== asked.target && old !== this.parts.preview.shown?.target) old.dispose();
  }

  private async guarded(
    work: () => Promise<RewriteOutcome>,
    quiet = false,
  ): Promise<RewriteOutcome> {
    try {
      return await work();
    } catch (error) {
      const { reason, message } = quiet ? toErrorShape(error) : this.parts.log.report(error);
      if (reason === "cancelled" || reason === "replaced") return { kind: "stopped" };
      return { kind: "failed", reason, message };
    }
  }

  private rest(): void {
    const shown = this.parts.preview.shown;
    if (!shown) return this.setState({ kind: "idle" });
    this.setState({
      kind: "previewing",
      documentName: shown.target.name,
      version: shown.version,
      versions: shown.draft.versions.length,
    });
  }

  private setState(state: RewriteState): void {
    this.current = state;
    this.changed.fire(state);
  }
}

function setRewriting(value: boolean): Thenable<unknown> {
  return vscode.commands.executeCommand("setContext", "tonesteer:isRewriting", value);
}

function noTones(): TonesteerError {
  return new TonesteerError(
    "badRequest",
    vscode.l10n.t("No tone is chosen. Move a slider in the Tonesteer panel, or name a tone."),
  );
}

function nothingToRepeat(): TonesteerError {
  return new TonesteerError(
    "emptyText",
    vscode.l10n.t("There is no rewrite to go on from. Select some text and rewrite it first."),
  );
}
