import type * as vscode from "vscode";
import type { LadderResult, ToneReading } from "../shared/engineProtocol";
import type { ErrorReason } from "../shared/errors";
import type { RewriteSummary } from "../shared/rewriteSummary";
import type { ToneWeights } from "../shared/steeringRequest";

/** What is going on; one rewrite at a time. */
export type RewriteState =
  | { readonly kind: "idle" }
  | {
      readonly kind: "running";
      readonly documentName: string;
      /** Zero-based selection being written, of how many. */
      readonly place: number;
      readonly places: number;
      readonly passage: number;
      readonly passages: number;
      /** The current passage as far as it is written; whole words. */
      readonly written: string;
      readonly tokensPerSecond: number;
    }
  /** A preview waits to be accepted or rejected. */
  | {
      readonly kind: "previewing";
      readonly documentName: string;
      /** Zero-based version shown, of how many. */
      readonly version: number;
      readonly versions: number;
    };

/** How a rewrite ended. Failures have been told to the person already, unless `quiet` was asked. */
export type RewriteOutcome =
  | { readonly kind: "applied"; readonly summary: RewriteSummary }
  | { readonly kind: "previewed"; readonly summary: RewriteSummary }
  | { readonly kind: "unchanged"; readonly summary: RewriteSummary }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly reason: ErrorReason; readonly message: string };

export interface RewriteOptions {
  /** Defaults to the setting `tonesteer.apply`. */
  readonly apply?: "inPlace" | "preview";
  /** What happens to a rewrite that runs already; "replace" ends it. Defaults to "replace". */
  readonly whenBusy?: "wait" | "replace";
  /** Defaults to the setting. */
  readonly alternatives?: number;
  /** Factor on the calibrated (or set) alpha. Defaults to 1. */
  readonly strength?: number;
  /** No notifications: for the panel's Live, which shows what happens itself. */
  readonly quiet?: boolean;
}

/**
 * Everything that rewrites text, for commands, code actions and the panel alike. Its methods never
 * reject: errors are shown to the person and come back as an outcome.
 */
export interface RewriteService extends vscode.Disposable {
  readonly state: RewriteState;
  readonly onDidChangeState: vscode.Event<RewriteState>;

  /**
   * Rewrites the selections of the editor used last, or the paragraph at its cursor. While a preview
   * is open for that text, the preview shows the new version and the source stays what it was.
   */
  rewriteSelection(weights: ToneWeights, options?: RewriteOptions): Promise<RewriteOutcome>;
  rewriteDocument(weights: ToneWeights, options?: RewriteOptions): Promise<RewriteOutcome>;
  /** Ends what runs within one decode step; the document stays as it was. */
  stop(): void;

  /** The same passage at several strengths, from suppress (-1) to promote (1). */
  ladder(
    weights: ToneWeights,
    strengths: readonly number[],
  ): Promise<LadderResult | { readonly kind: "failed"; readonly message: string } | undefined>;
  /** Puts one rung of the last ladder into the document it was made from. */
  putInRung(rung: number): Promise<RewriteOutcome>;

  /** The classifier's reading of the selection; undefined if nothing is there to read, or (without `wake`) while the engine sleeps. */
  readSelection(options?: { readonly wake?: boolean }): Promise<ToneReading | undefined>;

  /** On the preview. */
  accept(): Promise<RewriteOutcome>;
  reject(): void;
  nextAlternative(): Promise<RewriteOutcome>;

  /** Whether the last rewrite is in its document still, and whether it can be asked for again. */
  readonly canUndo: boolean;
  readonly canRepeat: boolean;
  /** On the last rewrite, put in or previewed: same source text, same tones. */
  undo(): Promise<boolean>;
  tryAgain(): Promise<RewriteOutcome>;
  stronger(): Promise<RewriteOutcome>;
  gentler(): Promise<RewriteOutcome>;
}
