import * as vscode from "vscode";
import type { ToneWeights } from "../shared/steeringRequest";
import {
  completeToneExpression,
  formatToneExpression,
  parseToneExpression,
} from "../shared/toneExpression";
import type { PackTone } from "./packFolder";
import type { Preset } from "./presets";

interface Item extends vscode.QuickPickItem {
  /** Undefined for hints, which cannot be chosen. */
  readonly weights?: ToneWeights;
  /** What choosing it puts into the input instead. */
  readonly completion?: string;
}

/**
 * Asks for tones: one of the pack's, a preset, or a free combination, which is read and completed as
 * it is typed. Undefined if the person turns away.
 */
export function pickTones(
  tones: readonly PackTone[],
  presets: readonly Preset[],
): Promise<ToneWeights | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  const fixed = [...toneItems(tones), ...presetItems(presets, tones)];
  pick.placeholder = vscode.l10n.t(
    "A tone, a preset, or a mixture: empathetic + concise - 0.5 expert",
  );
  pick.matchOnDescription = true;
  pick.items = fixed;
  return new Promise((resolve) => {
    pick.onDidChangeValue((value) => (pick.items = [...typedItems(value, tones), ...fixed]));
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item?.completion !== undefined) {
        pick.value = item.completion;
        pick.items = [...typedItems(item.completion, tones), ...fixed];
      } else if (item?.weights) {
        resolve(item.weights);
        pick.hide();
      }
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** What the input stands for so far: its reading, or what is wrong with it and how it may go on. */
function typedItems(value: string, tones: readonly PackTone[]): Item[] {
  // A plain word filters the list below, as in any quick pick.
  if (!/[+\-*=\d]/u.test(value)) return [];
  const parsed = parseToneExpression(value, tones);
  const completions = completeToneExpression(value, tones).map((completion): Item => ({
    label: completion,
    completion,
    alwaysShow: true,
  }));
  if (parsed.kind === "weights") {
    const label = `$(check) ${formatToneExpression(parsed.weights)}`;
    return [{ label, weights: parsed.weights, alwaysShow: true }, ...completions];
  }
  return [...completions, { label: `$(info) ${parsed.message}`, alwaysShow: true }];
}

function toneItems(tones: readonly PackTone[]): Item[] {
  return [
    { label: vscode.l10n.t("Tones"), kind: vscode.QuickPickItemKind.Separator },
    ...tones.map(({ id, title, description }) => ({
      label: title,
      description,
      weights: { [id]: 1 },
    })),
  ];
}

function presetItems(presets: readonly Preset[], tones: readonly PackTone[]): Item[] {
  const known = new Set(tones.map(({ id }) => id));
  const usable = presets.filter(({ weights }) => Object.keys(weights).every((id) => known.has(id)));
  return [
    { label: vscode.l10n.t("Presets"), kind: vscode.QuickPickItemKind.Separator },
    ...usable.map(({ name, weights, shipped }) => ({
      label: shipped ? vscode.l10n.t(name) : name,
      description: formatToneExpression(weights),
      weights,
    })),
  ];
}
