import { readFile } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { knownPack } from "./tonePanelState";
import type { KnownPack } from "./tonePanelState";

/** Where the active pack is; a part of what the extension knows of it. */
export interface PackPlace {
  readonly folder: string;
  readonly onDidChange: vscode.Event<unknown>;
}

/** The active pack's pack.json, so that the panel is whole while the engine sleeps. */
export class TonePanelPack implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;
  private known: KnownPack | undefined;
  /** Resolves when pack.json has been read, or found to be none; never rejects. */
  ready: Promise<void>;

  constructor(
    private readonly place: PackPlace,
    private readonly warn: (sentence: string) => void,
  ) {
    this.ready = this.read();
    this.subscription = place.onDidChange(() => (this.ready = this.read()));
  }

  /** undefined until it is read, and if there is no pack or one that does not hold. */
  get now(): KnownPack | undefined {
    return this.known;
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async read(): Promise<void> {
    const { folder } = this.place;
    let known: KnownPack | undefined;
    try {
      known = knownPack(await readFile(path.join(folder, "pack.json"), "utf8"));
    } catch (error) {
      this.warn(
        `The panel has no tones to show: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (folder !== this.place.folder) return;
    this.known = known;
    this.changed.fire();
  }
}
