import * as v from "valibot";
import * as vscode from "vscode";
import { TonesteerError } from "../shared/errors";
import { RewriteSummary } from "../shared/rewriteSummary";
import { ToneWeights } from "../shared/steeringRequest";
import { allPresets, formatPresets, parsePresets, presetName, StoredPresets } from "./presets";
import type { Preset } from "./presets";

const weightsKey = "tonesteer.weights";
const presetsKey = "tonesteer.presets";
const lastKey = "tonesteer.lastResult";

/**
 * What the person has set: the panel's weights and the last result (of this workspace), and the
 * presets (of this person). Commands and panel share it; nobody else touches the mementos' keys.
 * What was stored is validated when read: another version may have written it.
 */
export class ToneStore implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly workspace: vscode.Memento,
    private readonly global: vscode.Memento,
  ) {}

  /** Only the tones that are not off. */
  get weights(): ToneWeights {
    return read(ToneWeights, this.workspace.get(weightsKey)) ?? {};
  }

  async setWeights(weights: ToneWeights): Promise<void> {
    const kept = Object.entries(weights).filter(([, weight]) => weight !== 0);
    await this.workspace.update(weightsKey, v.parse(ToneWeights, Object.fromEntries(kept)));
    this.changed.fire();
  }

  async setWeight(tone: string, weight: number): Promise<void> {
    await this.setWeights({ ...this.weights, [tone]: weight });
  }

  get presets(): readonly Preset[] {
    return allPresets(this.ownPresets);
  }

  /** Overwrites one's own preset of that name. Throws `badRequest` for a name that will not do. */
  async savePreset(name: string, weights: ToneWeights): Promise<void> {
    const preset = { name: presetName(name), weights: v.parse(ToneWeights, weights) };
    const others = this.ownPresets.filter((own) => own.name !== preset.name);
    await this.setPresets([...others, preset]);
  }

  async renamePreset(from: string, to: string): Promise<void> {
    const name = presetName(to);
    if (name !== from && this.ownPresets.some((own) => own.name === name)) {
      throw new TonesteerError("badRequest", `There is a preset "${name}" already.`);
    }
    await this.setPresets(
      this.ownPresets.map((own) => (own.name === from ? { ...own, name } : own)),
    );
  }

  async deletePreset(name: string): Promise<void> {
    await this.setPresets(this.ownPresets.filter((own) => own.name !== name));
  }

  /** The JSON text of one's own presets; the shipped ones are there already, wherever the file is read. */
  exportPresets(): string {
    return formatPresets(this.presets.filter((preset) => !preset.shipped));
  }

  /** Returns how many were read; own presets of the same names are overwritten. */
  async importPresets(json: string): Promise<number> {
    const imported = parsePresets(json);
    const names = new Set(imported.map((preset) => preset.name));
    await this.setPresets([...this.ownPresets.filter((own) => !names.has(own.name)), ...imported]);
    return imported.length;
  }

  get lastResult(): RewriteSummary | undefined {
    return read(RewriteSummary, this.workspace.get(lastKey));
  }

  async setLastResult(summary: RewriteSummary | undefined): Promise<void> {
    await this.workspace.update(lastKey, summary);
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }

  private get ownPresets(): v.InferOutput<typeof StoredPresets> {
    return read(StoredPresets, this.global.get(presetsKey)) ?? [];
  }

  private async setPresets(presets: v.InferOutput<typeof StoredPresets>): Promise<void> {
    await this.global.update(presetsKey, presets);
    this.changed.fire();
  }
}

function read<S extends v.GenericSchema>(schema: S, stored: unknown): v.InferOutput<S> | undefined {
  const parsed = v.safeParse(schema, stored);
  return parsed.success ? parsed.output : undefined;
}
