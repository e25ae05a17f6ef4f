import * as vscode from "vscode";
import type { Draft } from "./draft";
import type { Target } from "./target";

/** A draft that is shown and waits for a decision. */
export interface Shown {
  readonly target: Target;
  readonly draft: Draft;
  /** Zero-based. */
  readonly version: number;
  /** Somebody else shows the text: nothing is opened for it. */
  readonly quiet: boolean;
}

/** Holds the one draft that is previewed; those who draw it listen. */
export class Preview implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Shown | undefined>();
  readonly onDidChange = this.changed.event;
  private current: Shown | undefined;

  get shown(): Shown | undefined {
    return this.current;
  }

  get texts(): readonly string[] | undefined {
    return this.current?.draft.versions[this.current.version];
  }

  show(target: Target, draft: Draft, quiet = false): void {
    this.set({ target, draft, version: 0, quiet });
  }

  showVersion(version: number): void {
    if (!this.current?.draft.versions[version]) return;
    this.set({ ...this.current, version });
  }

  next(): void {
    if (!this.current) return;
    this.showVersion((this.current.version + 1) % this.current.draft.versions.length);
  }

  close(): void {
    if (this.current) this.set(undefined);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private set(shown: Shown | undefined): void {
    this.current = shown;
    void vscode.commands.executeCommand("setContext", "tonesteer:isPreviewing", !!shown);
    this.changed.fire(shown);
  }
}
