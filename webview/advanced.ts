import type { PanelState } from "../src/shared/panelProtocol";
import type { PanelStrings } from "../src/shared/panelStrings";
import { fidelities, steeringMethods } from "../src/shared/steeringRequest";
import type { Fidelity, SteeringMethod } from "../src/shared/steeringRequest";
import { accuracyPlot } from "./accuracyPlot";
import { alphaField } from "./alphaField";
import type { Part } from "./dom";
import { create, setText } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";
import { button, dropdown } from "./toolkit";
import { whereField } from "./whereField";

const calibrated = "calibrated";

/** How the model is steered: where, how far, by which method; each says what it does. */
export function advanced(page: Page): Part<PanelState> {
  const { strings } = page;
  const parts = [
    whereField(page),
    accuracyPlot(page),
    alphaField(page),
    methodField(page),
    stepsField(page),
    fidelityField(page),
  ];
  const settings = button({
    label: strings.allSettings,
    onPress: () => void page.ask("act", { action: "openSettings" }),
  });
  const element = page.ui.disclosure(
    "advanced",
    strings.advanced,
    ...parts.map((part) => part.element),
    settings.element,
  );
  element.classList.add("advanced");
  return {
    element,
    update(state) {
      for (const part of parts) part.update(state);
    },
  };
}

function methodField(page: Page): Part<PanelState> {
  const { strings } = page;
  const hint = create("p", { class: "hint" });
  const list = dropdown(strings.methodLabel, (value) => {
    const method = steeringMethods.find((known) => known === value) ?? null;
    void page.ask("setSteering", { method });
  });
  const element = create("div", {}, list.element, hint);
  return {
    element,
    update({ pack, steering }) {
      const own = pack?.calibrated.method ?? "relative";
      list.setChoices([
        { value: calibrated, label: fill(strings.methodCalibrated, methodName(own, strings)) },
        ...steeringMethods.map((method) => ({ value: method, label: methodName(method, strings) })),
      ]);
      list.setValue(steering.method ?? calibrated);
      setText(hint, methodHint(steering.method ?? own, strings));
    },
  };
}

function stepsField(page: Page): Part<PanelState> {
  const { strings, numbers } = page;
  const list = dropdown(strings.stepsLabel, (value) => {
    void page.ask("setSteering", { steps: value === calibrated ? null : Number(value) });
  });
  const element = create(
    "div",
    {},
    list.element,
    create("p", { class: "hint" }, strings.stepsHint),
  );
  return {
    element,
    update({ pack, steering }) {
      // Few are useful; a setting may say another number up to 16, which is then offered too.
      const offered = new Set([1, 2, 3, 4, 6, 8, steering.steps ?? 1]);
      list.setChoices([
        {
          value: calibrated,
          label: fill(strings.stepsCalibrated, numbers.decimal(pack?.calibrated.steps ?? 1)),
        },
        ...[...offered]
          .sort((a, b) => a - b)
          .map((steps) => ({ value: String(steps), label: numbers.decimal(steps) })),
      ]);
      list.setValue(steering.steps === null ? calibrated : String(steering.steps));
    },
  };
}

function fidelityField(page: Page): Part<PanelState> {
  const { strings } = page;
  const names: Record<Fidelity, string> = {
    strict: strings.fidelityStrict,
    balanced: strings.fidelityBalanced,
    free: strings.fidelityFree,
  };
  const hints: Record<Fidelity, string> = {
    strict: strings.hintStrict,
    balanced: strings.hintBalanced,
    free: strings.hintFree,
  };
  const hint = create("p", { class: "hint" });
  const list = dropdown(strings.fidelityLabel, (value) => {
    const fidelity = fidelities.find((known) => known === value);
    if (fidelity) void page.ask("setSteering", { fidelity });
  });
  list.setChoices(fidelities.map((fidelity) => ({ value: fidelity, label: names[fidelity] })));
  return {
    element: create("div", {}, list.element, hint),
    update({ steering }) {
      list.setValue(steering.fidelity);
      setText(hint, hints[steering.fidelity]);
    },
  };
}

function methodName(method: SteeringMethod, strings: PanelStrings): string {
  const names: Record<SteeringMethod, string> = {
    relative: strings.methodRelative,
    gradient: strings.methodGradient,
    reflect: strings.methodReflect,
    direction: strings.methodDirection,
    linear: strings.methodLinear,
  };
  return names[method];
}

function methodHint(method: SteeringMethod, strings: PanelStrings): string {
  const hints: Record<SteeringMethod, string> = {
    relative: strings.hintRelative,
    gradient: strings.hintGradient,
    reflect: strings.hintReflect,
    direction: strings.hintDirection,
    linear: strings.hintLinear,
  };
  return hints[method];
}
