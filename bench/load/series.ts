/** A growing list of numbers without boxing: a cell may collect millions. */
export class Series {
  private values = new Float64Array(1_024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index]!;
  }

  /** How many of an ascending series are ≤ `limit`. */
  countUpTo(limit: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle]! <= limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Nearest-rank percentile, `share` in 0…1; NaN of an empty series. */
  percentile(share: number): number {
    const sorted = this.values.slice(0, this.length).sort();
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  }
}
