/** What was made, step by step, to be undone and done again without end. */
export class Steps<T> {
  #past: T[] = [];
  #future: T[] = [];
  #now: T;

  constructor(now: T) {
    this.#now = now;
  }

  get now(): T {
    return this.#now;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Take a new state; `same` makes it part of the step before, such as the way of a point that is dragged. */
  set(next: T, { same = false } = {}): void {
    if (!same) this.#past.push(this.#now);
    this.#now = next;
    this.#future = [];
  }

  undo(): void {
    const before = this.#past.pop();
    if (before === undefined) return;
    this.#future.push(this.#now);
    this.#now = before;
  }

  redo(): void {
    const after = this.#future.pop();
    if (after === undefined) return;
    this.#past.push(this.#now);
    this.#now = after;
  }
}
