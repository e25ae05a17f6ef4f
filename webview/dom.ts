/**
 * The page's whole rendering: each part is built once and then updated in place, so that a new state
 * never takes the focus, a half-typed name or a slider out of somebody's hand.
 */
export interface Part<T> {
  readonly element: HTMLElement;
  /** Shows `state`; writes only what differs. */
  update(state: T): void;
}

type Attributes = Readonly<Record<string, string | undefined>>;

export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children);
  return element;
}

/** undefined takes the attribute away. */
export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Hides or shows; a focus that would be lost goes to `fallback`. */
export function setVisible(element: HTMLElement, visible: boolean, fallback?: HTMLElement): void {
  if (element.hidden === !visible) return;
  const hadFocus = !visible && element.contains(document.activeElement);
  element.hidden = !visible;
  if (hadFocus) fallback?.focus();
}

/** Ids for labels and descriptions, one row of numbers for the page. */
export function uniqueId(prefix: string): string {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
let lastId = 0;

/**
 * Keeps one part for each key, in the items' order; parts of keys that went away are removed. Nodes
 * that stay in place are not touched, so the focus inside them stays.
 */
export function keyedList<T, P extends Part<T>>(
  container: HTMLElement,
  keyOf: (item: T) => string,
  build: (item: T) => P,
): { update(items: readonly T[]): void; readonly parts: ReadonlyMap<string, P> } {
  const parts = new Map<string, P>();
  return {
    parts,
    update(items) {
      const wanted = new Set(items.map(keyOf));
      for (const [key, part] of parts) {
        if (wanted.has(key)) continue;
        part.element.remove();
        parts.delete(key);
      }
      items.forEach((item, place) => {
        const key = keyOf(item);
        const part = parts.get(key) ?? build(item);
        parts.set(key, part);
        part.update(item);
        const there = container.children[place];
        if (there !== part.element) container.insertBefore(part.element, there ?? null);
      });
    },
  };
}
