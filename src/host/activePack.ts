import * as vscode from "vscode";
import type { Config } from "./config";
import type { Log } from "./log";
import { packFolder, readPackHeader } from "./packFolder";
import type { PackHeader, PackTone } from "./packFolder";

/** The pack that the settings choose: known from its pack.json, so also while the engine sleeps. */
export class ActivePack implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** After the pack's folder has changed and its header been read. */
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;
  private current: PackHeader | undefined;
  /** Resolves when the header has been read or found missing; never rejects. */
  ready: Promise<void>;

  constructor(
    private readonly config: Config,
    private readonly extensionFolder: string,
    private readonly log: Log,
  ) {
    this.ready = this.load();
    this.subscription = config.onDidChange(({ before, now }) => {
      if (before.model !== now.model) this.ready = this.load();
    });
  }

  get folder(): string {
    return packFolder(this.config.now.model, this.extensionFolder);
  }

  get shippedFolder(): string {
    return packFolder("", this.extensionFolder);
  }

  get header(): PackHeader | undefined {
    return this.current;
  }

  /** In the pack's order; empty if there is no pack. */
  get tones(): readonly PackTone[] {
    return this.current?.tones ?? [];
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async load(): Promise<void> {
    const folder = this.folder;
    try {
      const header = await readPackHeader(folder);
      if (folder === this.folder) this.current = header;
    } catch (error) {
      this.current = undefined;
      this.log.warn(error instanceof Error ? error.message : String(error));
    }
    this.changed.fire();
  }
}
