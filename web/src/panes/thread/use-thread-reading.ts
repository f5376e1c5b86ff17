import { useEffect, useRef, useState } from "preact/hooks";
import { useWorkspace } from "../../state/context.ts";

/** How long after the reader has seen a reply the thread is marked as read, in ms. */
const readDelayMs = 400;

interface ThreadReading {
  /** The read position when the thread was opened, if there were unread replies: the line stays there while it is read. */
  lineSeq: number | null;
  /** To be called with the last reply that the reader has seen. Undefined until the read position is known, so that the line is not lost. */
  onSeen: ((seq: number) => void) | undefined;
}

/** Marks an open thread as read while the reader sees its end. */
export function useThreadReading(channelId: string, rootId: string): ThreadReading {
  const { threads } = useWorkspace();
  const thread = threads.of(rootId).value;
  const isKnown = thread !== undefined;
  const [lineSeq, setLineSeq] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    // Without a connection, nothing can be marked as read either.
    threads.load(channelId, rootId).catch(() => {});
    return () => clearTimeout(timer.current);
  }, [channelId, rootId]);
  useEffect(() => {
    if (thread && thread.unread > 0) setLineSeq(thread.lastReadSeq);
  }, [isKnown]);
  const onSeen = (seq: number): void => {
    const known = threads.of(rootId).peek();
    if (!known?.isFollowed || seq <= known.lastReadSeq) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      // The next reply that is seen tries again.
      threads.read(channelId, rootId, seq).catch(() => {});
    }, readDelayMs);
  };
  return { lineSeq, onSeen: isKnown ? onSeen : undefined };
}
