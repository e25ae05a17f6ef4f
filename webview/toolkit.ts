import { html } from "@microsoft/fast-element";
import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDivider,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTag,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";
import { setAttribute, setText } from "./dom";

/**
 * The only file that knows which component library draws the controls. The library is deprecated by
 * its makers; whoever replaces it rewrites these functions and nothing else.
 */
export function registerToolkit(): void {
  // The library's own template sets a style attribute, which the page's policy forbids.
  const template = html`<div class="control" part="control"><slot></slot></div>`;
  provideVSCodeDesignSystem().register(
    vsCodeBadge({ template }),
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDivider(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTag({ template }),
    vsCodeTextField(),
  );
}

export interface Button {
  readonly element: HTMLElement;
  setLabel(label: string, accessibleLabel?: string): void;
  setDisabled(disabled: boolean): void;
  /** For a button that shows a choice; undefined for one that does not. */
  setPressed(pressed: boolean): void;
}

export interface ButtonOptions {
  readonly label: string;
  readonly accessibleLabel?: string;
  readonly title?: string;
  readonly appearance?: "primary" | "secondary" | "icon";
  readonly onPress: () => void;
}

export function button(options: ButtonOptions): Button {
  const element = component("vscode-button", { appearance: options.appearance ?? "secondary" });
  const handle: Button = {
    element,
    setLabel(label, accessibleLabel) {
      setText(element, label);
      setAttribute(element, "aria-label", accessibleLabel);
    },
    setDisabled: (disabled) => setAttribute(element, "disabled", disabled ? "" : undefined),
    setPressed: (pressed) => setAttribute(element, "aria-pressed", String(pressed)),
  };
  handle.setLabel(options.label, options.accessibleLabel);
  setAttribute(element, "title", options.title);
  element.addEventListener("click", options.onPress);
  return handle;
}

export interface Checkbox {
  readonly element: HTMLElement;
  setLabel(label: string): void;
  setChecked(checked: boolean): void;
}

export function checkbox(label: string, onChange: (checked: boolean) => void): Checkbox {
  const element = component("vscode-checkbox") as HTMLElement & { checked: boolean };
  let shown = false;
  element.addEventListener("change", () => {
    if (element.checked === shown) return; // set by the program
    shown = element.checked;
    onChange(shown);
  });
  setText(element, label);
  return {
    element,
    setLabel: (text) => setText(element, text),
    setChecked(checked) {
      shown = checked;
      if (element.checked !== checked) element.checked = checked;
    },
  };
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface Dropdown {
  /** The component with its label. */
  readonly element: HTMLElement;
  setChoices(choices: readonly Choice[]): void;
  setValue(value: string): void;
  readonly value: string;
}

export function dropdown(label: string, onChange: (value: string) => void): Dropdown {
  const element = component("vscode-dropdown", { "aria-label": label }) as HTMLElement & {
    value: string;
    open: boolean;
  };
  const caption = document.createElement("span");
  caption.className = "field-label";
  caption.textContent = label;
  caption.setAttribute("aria-hidden", "true");
  const field = document.createElement("div");
  field.className = "field";
  field.append(caption, element);
  let shown = "";
  let choicesKey = "";
  element.addEventListener("change", () => {
    if (element.value === shown) return; // set by the program
    shown = element.value;
    onChange(shown);
  });
  const setValue = (value: string) => {
    shown = value;
    // Not while somebody looks through the open list.
    if (!element.open && element.value !== value) element.value = value;
  };
  return {
    element: field,
    get value() {
      return element.value;
    },
    setChoices(choices) {
      const key = JSON.stringify(choices);
      if (key === choicesKey) return;
      choicesKey = key;
      const options = choices.map((choice) => {
        const option = component("vscode-option", { value: choice.value });
        option.textContent = choice.label;
        return option;
      });
      element.replaceChildren(...options);
    },
    setValue,
  };
}

export interface TextField {
  readonly element: HTMLElement;
  value: string;
  setInvalid(invalid: boolean): void;
}

export interface TextFieldOptions {
  readonly label: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
  /** Enter was pressed. */
  readonly onEnter: () => void;
  /** The value was changed and the field left. */
  readonly onChange?: () => void;
}

export function textField(options: TextFieldOptions): TextField {
  const element = component("vscode-text-field", {
    placeholder: options.placeholder,
    "aria-label": options.label,
    maxlength: options.maxLength === undefined ? undefined : String(options.maxLength),
  }) as HTMLElement & { value: string };
  setText(element, options.label);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") options.onEnter();
  });
  if (options.onChange) element.addEventListener("change", options.onChange);
  return {
    element,
    get value() {
      return element.value;
    },
    set value(value) {
      if (element.value !== value) element.value = value;
    },
    setInvalid: (invalid) => setAttribute(element, "aria-invalid", invalid ? "true" : undefined),
  };
}

/** Turns while something is under way; said in words beside it, so hidden from screen readers. */
export function progressRing(): HTMLElement {
  return component("vscode-progress-ring", { "aria-hidden": "true" });
}

export function badge(text: string): HTMLElement {
  const element = component("vscode-badge");
  element.textContent = text;
  return element;
}

export function tag(text: string): HTMLElement {
  const element = component("vscode-tag");
  element.textContent = text;
  return element;
}

export function divider(): HTMLElement {
  return component("vscode-divider");
}

function component(name: string, attributes: Record<string, string | undefined> = {}): HTMLElement {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) setAttribute(element, key, value);
  return element;
}
