import type { PanelPreset, PanelState } from "../src/shared/panelProtocol";
import type { ToneWeights } from "../src/shared/steeringRequest";
import type { Part } from "./dom";
import { create, keyedList, setVisible } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";
import { button, textField } from "./toolkit";

/** Named mixtures of tones: one press applies; saving and the rest are folded away. */
export function presets(page: Page): Part<PanelState> {
  const { strings } = page;
  const chips = create("div", { class: "chips", role: "group", "aria-label": strings.presets });
  let weights: ToneWeights = {};
  const chipList = keyedList<PanelPreset, Part<PanelPreset>>(
    chips,
    (preset) => preset.id,
    (preset) => {
      const chip = button({
        label: preset.title,
        onPress: () => void page.ask("applyPreset", { id: preset.id }),
      });
      chip.element.classList.add("chip");
      return {
        element: chip.element,
        update: (now) => {
          chip.setLabel(now.title, fill(strings.presetApply, now.title));
          chip.setPressed(isSomething(now.weights) && sameWeights(now.weights, weights));
        },
      };
    },
  );

  const own = create("ul", { class: "own-presets", "aria-label": strings.presetOwn });
  const none = create("p", { class: "hint" }, strings.presetNoneOwn);
  const ownList = keyedList<PanelPreset, Part<PanelPreset>>(
    own,
    (preset) => preset.id,
    (preset) => ownPreset(preset, page),
  );
  const save = () => {
    const wanted = name.value.trim();
    if (wanted === "") return;
    void page.ask("savePreset", { name: wanted }).then(() => (name.value = ""));
  };
  const name = textField({
    label: strings.presetName,
    placeholder: strings.presetNameHint,
    maxLength: 60,
    onEnter: save,
  });
  const saveButton = button({ label: strings.presetSave, onPress: save });
  const files = create(
    "div",
    { class: "buttons" },
    button({ label: strings.presetImport, onPress: () => void page.ask("importPresets", {}) })
      .element,
    button({ label: strings.presetExport, onPress: () => void page.ask("exportPresets", {}) })
      .element,
  );
  const manage = page.ui.disclosure(
    "presets",
    strings.presetManage,
    create("div", { class: "field-row" }, name.element, saveButton.element),
    none,
    own,
    files,
  );
  const element = create(
    "section",
    { class: "presets", "aria-label": strings.presets },
    create("h2", {}, strings.presets),
    chips,
    manage,
  );
  return {
    element,
    update(state) {
      weights = state.weights;
      chipList.update(state.presets);
      const mine = state.presets.filter((preset) => !preset.shipped);
      setVisible(none, mine.length === 0);
      setVisible(own, mine.length > 0);
      ownList.update(mine);
      saveButton.setDisabled(!isSomething(weights));
    },
  };
}

/** A preset of the person's own: its name, or while it is renamed, a field for the new one. */
function ownPreset(preset: PanelPreset, page: Page): Part<PanelPreset> {
  const { strings } = page;
  const title = create("span", { class: "own-name", dir: "auto" }, preset.title);
  const stop = () => {
    setVisible(field.element, false, rename.element);
    title.hidden = false;
  };
  const field = textField({
    label: strings.presetName,
    maxLength: 60,
    onEnter: () => {
      const wanted = field.value.trim();
      if (wanted === "" || wanted === preset.title) stop();
      else void page.ask("renamePreset", { id: preset.id, name: wanted }).then(stop);
    },
  });
  field.element.hidden = true;
  field.element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    stop();
  });
  const rename = button({
    label: strings.presetRename,
    accessibleLabel: `${strings.presetRename}: ${preset.title}`,
    onPress: () => {
      field.value = preset.title;
      field.element.hidden = false;
      title.hidden = true;
      field.element.focus();
    },
  });
  const remove = button({
    label: strings.presetDelete,
    accessibleLabel: `${strings.presetDelete}: ${preset.title}`,
    onPress: () => void page.ask("deletePreset", { id: preset.id }),
  });
  const element = create("li", {}, title, field.element, rename.element, remove.element);
  for (const small of [rename.element, remove.element]) small.classList.add("small");
  return { element, update: () => {} };
}

function isSomething(weights: ToneWeights): boolean {
  return Object.values(weights).some((weight) => weight !== 0);
}

function sameWeights(a: ToneWeights, b: ToneWeights): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (tone) => (a[tone] ?? 0) === (b[tone] ?? 0),
  );
}
