import * as vscode from "vscode";
import { readSettings } from "./settings";
import type { SettingName, Settings } from "./settings";

const section = "tonesteer";

export interface ConfigChange {
  readonly before: Settings;
  readonly now: Settings;
}

/** The one reader of the settings: typed, validated, live. */
export class Config implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ConfigChange>();
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;
  /** Values reported already: a bad one is worth one warning, not one for each reading. */
  private readonly reported = new Map<SettingName, string>();
  private settings: Settings;

  constructor(private readonly warn: (sentence: string) => void) {
    this.settings = this.read();
    this.subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(section)) return;
      const before = this.settings;
      this.settings = this.read();
      this.changed.fire({ before, now: this.settings });
    });
  }

  get now(): Settings {
    return this.settings;
  }

  /** Writes where the setting is set already, else for the person. */
  async update<K extends SettingName>(name: K, value: Settings[K] | undefined): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(section);
    const at = configuration.inspect(name);
    const target =
      at?.workspaceFolderValue !== undefined || at?.workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
    await configuration.update(name, value, target);
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private read(): Settings {
    const configuration = vscode.workspace.getConfiguration(section);
    const bad = new Set<SettingName>();
    const settings = readSettings(
      (name) => configuration.get(name),
      (name, sentence) => {
        bad.add(name);
        if (this.reported.get(name) === sentence) return;
        this.reported.set(name, sentence);
        this.warn(sentence);
      },
    );
    for (const name of this.reported.keys()) if (!bad.has(name)) this.reported.delete(name);
    return settings;
  }
}
