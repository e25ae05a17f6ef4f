import * as vscode from "vscode";
import type { ToneWeights } from "../shared/steeringRequest";
import type { ActivePack } from "./activePack";
import { chooseModel } from "./chooseModel";
import { hasMessage, rewriteMessage } from "./commitMessage";
import type { Config } from "./config";
import type { EngineClient } from "./engineClient";
import type { Log } from "./log";
import { pickTones } from "./pickTones";
import type { Preview } from "./preview";
import type { PreviewDocument } from "./previewDocument";
import type { RewriteService } from "./rewriteService";
import { showTone } from "./showTone";
import { suggestAlternatives } from "./suggestAlternatives";
import { toneIds } from "./toneIds";
import type { ToneStore } from "./toneStore";

export interface CommandParts {
  readonly rewrites: RewriteService;
  readonly store: ToneStore;
  readonly preview: Preview;
  readonly diff: PreviewDocument;
  readonly pack: ActivePack;
  readonly engine: EngineClient;
  readonly config: Config;
  readonly log: Log;
}

type Command = (...args: never[]) => unknown;

/** Every command of the extension by its id. */
export function commandTable(parts: CommandParts): Record<string, Command> {
  const { rewrites, store, preview, diff, pack, engine, config, log } = parts;
  const askForTones = async () => {
    await pack.ready;
    return pickTones(pack.tones, store.presets);
  };
  const withTones = async <T>(
    weights: ToneWeights | undefined,
    go: (weights: ToneWeights) => Promise<T>,
  ): Promise<T | undefined> => {
    const chosen = weights ?? (await askForTones());
    return chosen && go(chosen);
  };
  const panelTones = () => (Object.keys(store.weights).length > 0 ? store.weights : undefined);

  return {
    ...Object.fromEntries(
      toneIds.map((tone) => [
        `tonesteer.rewriteAs.${tone}`,
        () => rewrites.rewriteSelection({ [tone]: 1 }),
      ]),
    ),
    "tonesteer.rewrite": () => rewrites.rewriteSelection(store.weights),
    /** Code actions and keybindings may name the tones; people are asked. */
    "tonesteer.rewriteAs": (weights?: unknown) =>
      withTones(asWeights(weights), (chosen) => rewrites.rewriteSelection(chosen)),
    "tonesteer.rewriteDocument": () =>
      withTones(panelTones(), (chosen) => rewrites.rewriteDocument(chosen)),
    "tonesteer.rewriteMessage": (source?: unknown) => {
      if (!hasMessage(source)) return undefined;
      return withTones(panelTones(), (chosen) => rewriteMessage(source, chosen, engine, config));
    },
    "tonesteer.suggestAlternatives": (weights?: unknown) =>
      withTones(asWeights(weights) ?? panelTones(), (chosen) =>
        suggestAlternatives(rewrites, preview, chosen, config.now.alternatives),
      ),
    "tonesteer.showTone": async () => {
      const reading = await rewrites.readSelection({ wake: true });
      const weights = reading && (await showTone(reading, engine.pack?.tones ?? pack.tones));
      return weights && rewrites.rewriteSelection(weights);
    },
    "tonesteer.stop": () => rewrites.stop(),
    "tonesteer.accept": () => rewrites.accept(),
    "tonesteer.reject": () => rewrites.reject(),
    "tonesteer.nextAlternative": () => rewrites.nextAlternative(),
    "tonesteer.showDiff": () => diff.show(),
    "tonesteer.stronger": () => rewrites.stronger(),
    "tonesteer.gentler": () => rewrites.gentler(),
    "tonesteer.tryAgain": () => rewrites.tryAgain(),
    "tonesteer.undo": () => rewrites.undo(),
    "tonesteer.chooseModel": () => chooseModel(pack, config),
    "tonesteer.restartEngine": () => engine.restart(),
    "tonesteer.showLog": () => log.show(),
  };
}

/** Registers them all; whatever one of them throws is logged and shown, once. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const registered = Object.entries(commandTable(parts)).map(([id, run]) =>
    vscode.commands.registerCommand(id, async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        parts.log.report(error);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registered);
}

function asWeights(value: unknown): ToneWeights | undefined {
  if (typeof value !== "object" || value === null || value instanceof vscode.Uri) return undefined;
  const entries = Object.entries(value);
  const isWeight = ([, weight]: [string, unknown]) => typeof weight === "number";
  return entries.length > 0 && entries.every(isWeight) ? (value as ToneWeights) : undefined;
}
