import * as vscode from "vscode";
import type { Handlers } from "../shared/channel";
import { TonesteerError } from "../shared/errors";
import type { PanelAction, PanelHostContract } from "../shared/panelProtocol";
import type { Settings } from "./settings";
import type { Preset } from "./presets";
import { confirmDeleting, exportPresets, importPresets } from "./tonePanelFiles";
import type { TonePanelModel } from "./tonePanelModel";
import { knownWeights, settingsFrom } from "./tonePanelState";
import type { KnownPack } from "./tonePanelState";
import { tonePanelStrings } from "./tonePanelStrings";

/** What the host does for each thing the page may ask, and the whole state it answers with. */
export function tonePanelHandlers(model: TonePanelModel): Handlers<PanelHostContract> {
  const { store, service, config } = model.parts;
  const pack = () => model.pack.now;
  const quiet = { quiet: true } as const;
  return {
    ready: async () => {
      await model.pack.ready;
      return { strings: tonePanelStrings(), state: model.state() };
    },

    setWeight: ({ tone, weight }) =>
      model.attempt(() => {
        requireTone(tone, requirePack(pack()));
        return store.setWeight(tone, weight);
      }),
    resetWeights: () => model.attempt(() => store.setWeights({})),

    applyPreset: ({ id }) =>
      model.attempt(() =>
        store.setWeights(knownWeights(requirePreset(store.presets, id).weights, pack())),
      ),
    savePreset: ({ name }) => model.attempt(() => store.savePreset(name, model.knownWeights)),
    renamePreset: ({ id, name }) =>
      model.attempt(() => store.renamePreset(requireOwn(store.presets, id).name, name)),
    deletePreset: ({ id }) =>
      model.attempt(async () => {
        const { name } = requireOwn(store.presets, id);
        if (await confirmDeleting(name)) await store.deletePreset(name);
      }),
    importPresets: () => model.attempt(() => importPresets(store)),
    exportPresets: () => model.attempt(() => exportPresets(store)),

    setSteering: (choice) =>
      model.attempt(async () => {
        const wanted = settingsFrom(choice, requirePack(pack()));
        for (const [name, value] of Object.entries(wanted)) {
          // Back to the calibration means back to no setting at all.
          await config.update(
            name as keyof Settings,
            (value === null ? undefined : value) as Settings[keyof Settings],
          );
        }
      }),

    rewrite: () =>
      model.attempt(() => model.begin(() => service.rewriteSelection(requireTones(model), quiet))),
    stop: () =>
      model.attempt(() => {
        model.live.calm();
        service.stop();
      }),
    setLive: ({ on }) =>
      model.attempt(() => {
        model.live.set(on);
        if (!on && model.live.isWriting) service.stop();
      }),
    applyPreview: () =>
      model.attempt(() => {
        // What is shown is wanted, not what is being written to replace it.
        if (model.live.isWriting) service.stop();
        model.begin(() => service.accept());
      }),
    discardPreview: () => model.attempt(() => service.reject()),
    nextAlternative: () => model.attempt(() => model.begin(() => service.nextAlternative())),
    ladder: () =>
      model.attempt(() => {
        requireTones(model);
        void model.ladder();
      }),
    applyRung: ({ index }) => model.attempt(() => model.applyRung(index)),
    closeLadder: () => model.attempt(() => model.closeLadder()),

    undo: () => model.attempt(() => model.undo()),
    tryAgain: () => model.attempt(() => model.begin(() => service.tryAgain())),
    stronger: () => model.attempt(() => model.begin(() => service.stronger())),
    gentler: () => model.attempt(() => model.begin(() => service.gentler())),

    act: ({ action }) => model.attempt(() => act(action, model)),
  };
}

async function act(action: PanelAction, { parts }: TonePanelModel): Promise<void> {
  const run = (command: string, ...rest: unknown[]) =>
    vscode.commands.executeCommand(command, ...rest);
  switch (action) {
    case "wakeEngine":
      // How it went is the engine's state, which the panel shows.
      void parts.engine.wake().catch((error: unknown) => parts.log.error(String(error)));
      return;
    case "restartEngine":
      return void run("tonesteer.restartEngine");
    case "showLog":
      return parts.log.show();
    case "chooseModel":
      return void run("tonesteer.chooseModel");
    case "openSettings":
      return void run("workbench.action.openSettings", "@ext:tonesteer.tonesteer");
    case "openWalkthrough":
      return void run("workbench.action.openWalkthrough", "tonesteer.tonesteer#start");
  }
}

function requirePack(pack: KnownPack | undefined): KnownPack {
  if (pack) return pack;
  throw new TonesteerError(
    "modelMissing",
    vscode.l10n.t("There is no model yet. Choose the folder of a model pack first."),
  );
}

function requireTones(model: TonePanelModel) {
  const weights = model.knownWeights;
  if (Object.keys(weights).length > 0) return weights;
  throw new TonesteerError("badRequest", vscode.l10n.t("Move a tone away from off first."));
}

function requirePreset(presets: readonly Preset[], id: string): Preset {
  const preset = presets.find(({ name }) => name === id);
  if (preset) return preset;
  throw new TonesteerError("badRequest", vscode.l10n.t("There is no such preset any more."));
}

function requireOwn(presets: readonly Preset[], id: string): Preset {
  const preset = requirePreset(presets, id);
  if (!preset.shipped) return preset;
  throw new TonesteerError(
    "badRequest",
    vscode.l10n.t("Presets that came with Tonesteer can neither be renamed nor deleted."),
  );
}

function requireTone(tone: string, pack: KnownPack): void {
  if (pack.shown.tones.some(({ id }) => id === tone)) return;
  throw new TonesteerError("badRequest", vscode.l10n.t('The model has no tone "{0}".', tone));
}
