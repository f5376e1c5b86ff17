interface Allotment {
  subrequests: number;
  frames: number;
}

/** A frame counts once, and once more for each so many of its bytes. */
const frameUnit = 4_096;

/** What a gateway may spend before it asks its client to come back: the platform allows a request, however long, only so much. */
export class SubrequestBudget {
  readonly #left: Allotment;
  readonly #spent: () => void;

  /** `spent` is called for everything that is taken and not there. */
  constructor(allotment: Allotment, spent: () => void) {
    this.#left = { ...allotment };
    this.#spent = spent;
  }

  /** Whether more was taken than there was. */
  get isSpent(): boolean {
    return this.#left.subrequests < 0 || this.#left.frames < 0;
  }

  take(what: keyof Allotment, count = 1): void {
    if ((this.#left[what] -= count) < 0) this.#spent();
  }

  /** Takes a frame of this length, which costs more time the longer it is. */
  takeFrame(length: number): void {
    this.take("frames", 1 + Math.floor(length / frameUnit));
  }
}
