/**
 * Publishes the messages of a channel in the order of `seq`. Commits happen in that order, but their results arrive over several database
 * connections and may overtake each other; a message waits for those before it.
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
