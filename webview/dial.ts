import { create, setAttribute } from "./dom";

export interface DialOptions {
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
  readonly label: string;
  /** Id of the element that says more about it. */
  readonly describedBy?: string;
  /** What the value is called: shown to screen readers as the slider's text. */
  readonly speak: (value: number) => string;
  /** Called at once for every value on the way, before the host knows of it. */
  readonly onMove: (value: number) => void;
  /** Tells the host; resolves when it has answered, whether it agreed or not. */
  readonly onChange: (value: number) => Promise<unknown>;
}

export interface Dial {
  readonly element: HTMLInputElement;
  /** The host's value. Shown at once, unless a hand is on the slider or an answer is still due. */
  setValue(value: number): void;
  /** As if the person had moved it. */
  move(value: number): void;
}

/** The host need not hear of every pixel of a drag, milliseconds. */
const quietTime = 60;

/**
 * A native range slider whose truth lies with the host. A dial around zero fills from its middle;
 * its key 0, Delete and Backspace and a double click turn it off.
 */
export function dial(options: DialOptions): Dial {
  const { minimum, maximum } = options;
  const centred = minimum < 0;
  const element = create("input", {
    type: "range",
    class: centred ? "dial centred" : "dial",
    min: String(minimum),
    max: String(maximum),
    step: String(options.step),
    "aria-label": options.label,
    "aria-describedby": options.describedBy,
  });
  let hostValue = centred ? 0 : minimum;
  let held = false;
  let unanswered = 0;
  let timer: number | undefined;
  let unsent: number | undefined;

  const show = (value: number) => {
    const text = String(value);
    if (element.value !== text) element.value = text;
    setAttribute(element, "aria-valuetext", options.speak(value));
    const place = ((value - minimum) / (maximum - minimum)) * 100;
    const zero = centred ? 50 : 0;
    element.style.setProperty("--fill-from", `${Math.min(place, zero)}%`);
    element.style.setProperty("--fill-to", `${Math.max(place, zero)}%`);
    options.onMove(value);
  };

  const send = () => {
    if (unsent === undefined) return;
    const value = unsent;
    unsent = undefined;
    unanswered += 1;
    void options.onChange(value).finally(() => {
      unanswered -= 1;
      settle();
    });
  };

  /** The host has the last word once nobody moves the slider and every answer is here. */
  const settle = () => {
    if (!held && unanswered === 0 && unsent === undefined) show(hostValue);
  };

  const sendSoon = (value: number) => {
    unsent = value;
    if (timer !== undefined) return;
    send();
    timer = window.setTimeout(() => {
      timer = undefined;
      send();
    }, quietTime);
  };

  const move = (value: number) => {
    show(value);
    sendSoon(value);
  };

  element.addEventListener("input", () => move(Number(element.value)));
  element.addEventListener("pointerdown", () => (held = true));
  for (const end of ["pointerup", "pointercancel", "blur"]) {
    element.addEventListener(end, () => {
      held = false;
      settle();
    });
  }
  if (centred) {
    element.addEventListener("dblclick", () => move(0));
    element.addEventListener("keydown", (event) => {
      if (!["0", "Delete", "Backspace"].includes(event.key)) return;
      event.preventDefault();
      move(0);
    });
  }
  show(hostValue);

  return {
    element,
    move,
    setValue(value) {
      hostValue = value;
      settle();
    },
  };
}
