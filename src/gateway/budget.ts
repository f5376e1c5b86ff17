interface Allotment {
  subrequests: number;
  frames: number;
}

/** What a gateway may spend before it asks its client to come back: the platform allows a request, however long, only so much. */
export class Budget {
  readonly #left: Allotment;
  readonly #spent: () => void;

  /** `spent` is called for everything that is taken and not there. */
  constructor(allotment: Allotment, spent: () => void) {
    this.#left = { ...allotment };
    this.#spent = spent;
  }

  /** Whether something was taken that was not there. */
  get isSpent(): boolean {
    return this.#left.subrequests < 0 || this.#left.frames < 0;
  }

  take(what: keyof Allotment): void {
    if (--this.#left[what] < 0) this.#spent();
  }
}
