/**
 * Commits happen in the order of `seq`, but their results come back over several database connections and may overtake each
 * other. What a channel tells its members leaves in order: a message waits for those before it.
 */
export class OrderedPublisher<T extends { seq: number }> {
  private readonly waiting = new Map<number, T>();
  private next: number;
  private readonly publish: (item: T) => void;

  constructor(lastSeq: number, publish: (item: T) => void) {
    this.next = lastSeq + 1;
    this.publish = publish;
  }

  add(item: T): void {
    this.waiting.set(item.seq, item);
    for (let ready = this.waiting.get(this.next); ready; ready = this.waiting.get(this.next)) {
      this.waiting.delete(this.next++);
      this.publish(ready);
    }
  }
}
