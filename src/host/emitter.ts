/** An event in the editor's own shape, for the parts of the host that need nothing else of it. */
export type Listen<T> = (listener: (value: T) => unknown) => { dispose(): void };

export class Emitter<T> {
  private readonly listeners = new Set<(value: T) => unknown>();

  readonly event: Listen<T> = (listener) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}
