/** A growing list of unboxed numbers: a cell may collect millions. */
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

  /** Counts the values ≤ `limit`, by binary search; the series must be ascending. */
  countUpTo(limit: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle]! <= limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Returns the nearest-rank percentile; NaN for an empty series. @param share - from 0 to 1 */
  percentile(share: number): number {
    const sorted = this.values.slice(0, this.length).sort();
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  }
}
