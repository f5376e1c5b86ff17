import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { EphemeralMessage } from "../../../src/client/index.ts";
import type { OutgoingMessage } from "../state/database.ts";
import { useWorkspace } from "../state/context.ts";
import type { OpenWindow } from "../state/open-channels.ts";
import { Icon } from "../ui/icon.tsx";
import { ErrorNotice, Spinner } from "../ui/states.tsx";
import { dayText } from "../ui/time.tsx";
import { EphemeralRow } from "./ephemeral-row.tsx";
import { type Line, linesOf } from "./grouping.ts";
import { MessageRow } from "./message-row.tsx";
import { OutgoingRow } from "./outgoing-row.tsx";
import { ScrollAnchor } from "./scroll-anchor.ts";

/** More messages are loaded when the list is scrolled to within this distance of an end, in CSS pixels. */
const loadDistance = 1_200;

export interface MessageListProps {
  opened: OpenWindow;
  /** The name of the list for screen readers. */
  label: string;
  /** The read position before which no line is drawn; null: no line. */
  lastReadSeq: number | null;
  /** The message that a link leads to. */
  targetSeq?: number | null;
  outgoing: readonly OutgoingMessage[];
  ephemeral: readonly EphemeralMessage[];
  isInThread?: boolean;
  /** What is shown above the first message. */
  header?: ComponentChildren;
  editingId: string | null;
  onEdit: (messageId: string | null) => void;
  /** Called when the reader has seen everything up to a message: the list is at its end, and the page visible. */
  onSeen?: (seq: number) => void;
}

/** The scrolling list of a channel's or thread's messages. */
export function MessageList(props: MessageListProps) {
  const { opened, label, lastReadSeq, targetSeq = null, outgoing, ephemeral, header, onSeen } = props;
  const { me } = useWorkspace();
  const { window, version, error } = opened;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const anchor = useRef<ScrollAnchor | null>(null);
  const isPlaced = useRef(false);
  const [isAtEnd, setAtEnd] = useState(true);
  /** The last message that was visible, while the list is not at its end. */
  const [seenSeq, setSeenSeq] = useState(0);
  const { messages, hasBefore, hasAfter, isOpen } = window;
  const lines = useMemo(
    () => linesOf(messages, { lastReadSeq, userId: me.value.id, hasBefore }),
    [messages, lastReadSeq, me.value.id, hasBefore],
  );
  const loadedVersion = version.value;

  const loadMore = (): void => {
    const { before, after } = anchor.current?.distances ?? { before: Infinity, after: Infinity };
    if (!isPlaced.current) return;
    if (before < loadDistance) void window.loadBefore().catch(() => {});
    if (after < loadDistance) void window.loadAfter().catch(() => {});
  };
  const report = (): void => {
    const isEnd = (anchor.current?.isAtEnd ?? false) && !window.hasAfter;
    setAtEnd(isEnd);
    if (!isEnd) {
      const visible = anchor.current?.lastVisibleSeq ?? 0;
      setSeenSeq((seen) => Math.max(seen, visible));
    }
    const { before, after } = anchor.current?.distances ?? { before: 0, after: 0 };
    window.keep = isEnd || after < before ? "end" : "start";
    const last = window.messages.at(-1);
    if (isEnd && last && document.visibilityState === "visible" && document.hasFocus()) onSeen?.(last.seq);
  };
  const latest = useRef({ loadMore, report });
  latest.current = { loadMore, report };

  useLayoutEffect(() => {
    if (!scroller.current || !content.current) return undefined;
    const created = new ScrollAnchor(scroller.current, content.current, () => {
      latest.current.loadMore();
      latest.current.report();
    });
    anchor.current = created;
    const onReturn = (): void => latest.current.report();
    document.addEventListener("visibilitychange", onReturn);
    addEventListener("focus", onReturn);
    return () => {
      created.stop();
      document.removeEventListener("visibilitychange", onReturn);
      removeEventListener("focus", onReturn);
    };
  }, []);

  // A new target, or another window, is placed anew.
  useLayoutEffect(() => {
    isPlaced.current = false;
  }, [targetSeq, opened]);

  useLayoutEffect(() => {
    const list = anchor.current;
    if (!list) return;
    if (isOpen && !isPlaced.current) isPlaced.current = placeList(list, { lines, targetSeq });
    else list.restore();
    latest.current.loadMore();
    latest.current.report();
  }, [lines, loadedVersion, targetSeq, outgoing, ephemeral]);

  useEffect(() => {
    // The own message is shown, wherever the reader was.
    if (outgoing.length > 0 && !window.hasAfter) anchor.current?.scrollToEnd();
  }, [outgoing.length]);

  const toEnd = (): void => {
    if (!window.hasAfter) return anchor.current?.scrollToEnd();
    if (anchor.current) anchor.current.isAtEnd = true;
    void opened.open("end");
  };
  const newCount = isAtEnd
    ? 0
    : messages.filter(
        ({ seq, authorId }) => seq > Math.max(seenSeq, lastReadSeq ?? 0) && authorId !== me.value.id,
      ).length;
  const lastMessageKey = lines.findLast(({ kind }) => kind === "message")?.key;
  return (
    <div class="message-list">
      <div
        ref={scroller}
        class="message-scroll"
        role="log"
        aria-label={label}
        aria-live="off"
        onKeyDown={moveBetweenMessages}
      >
        <div ref={content} class="message-content">
          {isOpen && (hasBefore ? <HistoryEdge>Loading earlier messages …</HistoryEdge> : header)}
          {!isOpen && messages.length === 0 && !error.value && <Spinner label="Loading messages" />}
          {error.value && messages.length === 0 && (
            <ErrorNotice error={error.value} onRetry={() => void opened.open("end")} />
          )}
          {lines.map((line) => (
            <LineView key={line.key} line={line} props={props} isFocusable={line.key === lastMessageKey} />
          ))}
          {!hasAfter && outgoing.map((message) => <OutgoingRow key={message.nonce} message={message} />)}
          {!hasAfter && ephemeral.map((message) => <EphemeralRow key={message.id} message={message} />)}
          {hasAfter && <HistoryEdge>Loading later messages …</HistoryEdge>}
        </div>
      </div>
      {!isAtEnd && (
        <button type="button" class="button jump-to-end" onClick={toEnd}>
          <Icon name="arrowDown" />
          {newCount > 0
            ? `${newCount}${hasAfter ? "+" : ""} new ${newCount === 1 && !hasAfter ? "message" : "messages"}`
            : "Latest messages"}
        </button>
      )}
    </div>
  );
}

/** The end of what is loaded. It does not move, since an animation outside of the visible part would still be drawn. */
const HistoryEdge = ({ children }: { children: string }) => (
  <p class="history-edge muted small">{children}</p>
);

function LineView({
  line,
  props,
  isFocusable,
}: {
  line: Line;
  props: MessageListProps;
  isFocusable: boolean;
}) {
  if (line.kind === "day")
    return (
      <div class="day-line" role="separator" data-key={line.key}>
        <span>{dayText(line.at)}</span>
      </div>
    );
  if (line.kind === "unread")
    return (
      <div class="unread-line" role="separator" data-key="unread">
        <span>New messages</span>
      </div>
    );
  const { message, isContinued } = line;
  return (
    <MessageRow
      message={message}
      isContinued={isContinued}
      isHighlighted={message.seq === props.targetSeq}
      isInThread={props.isInThread ?? false}
      isFocusable={isFocusable}
      isEditing={props.editingId === message.id}
      onEdit={props.onEdit}
    />
  );
}

/** Shows the message of a link in the middle, else the first unread message near the top, else the end. */
function placeList(
  list: ScrollAnchor,
  { lines, targetSeq }: { lines: readonly Line[]; targetSeq: number | null },
): boolean {
  if (targetSeq !== null) {
    const target = lines.find((line) => line.kind === "message" && line.message.seq >= targetSeq);
    if (target) return list.scrollTo(target.key, 0.35);
  }
  if (!list.scrollTo("unread", 0.2)) list.scrollToEnd();
  return true;
}

/** Arrow keys move the focus between messages. */
function moveBetweenMessages(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target as HTMLElement;
  if (step === undefined || !row.matches("article.message")) return;
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("article.message")];
  const next = rows[rows.indexOf(row) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
