import { Section } from "./section.tsx";

const isApple = /^(?:Mac|iPhone|iPad)/.test(navigator.platform);
const control = isApple ? "⌘" : "Ctrl";
const alt = isApple ? "⌥" : "Alt";
const shift = isApple ? "⇧" : "Shift";

interface Shortcut {
  /** The keys that are pressed together. */
  keys: readonly string[];
  does: string;
}

const groups: readonly { title: string; shortcuts: readonly Shortcut[] }[] = [
  {
    title: "Everywhere",
    shortcuts: [
      { keys: [control, "K"], does: "Jump to a channel or a person" },
      { keys: [alt, "↑"], does: "Previous channel" },
      { keys: [alt, "↓"], does: "Next channel" },
      { keys: [alt, shift, "↑"], does: "Previous unread channel" },
      { keys: [alt, shift, "↓"], does: "Next unread channel" },
      { keys: ["Esc"], does: "Close the dialog, the menu or the pane" },
    ],
  },
  {
    title: "In a channel",
    shortcuts: [
      { keys: ["Esc"], does: "Mark everything as read" },
      { keys: ["↑"], does: "Go to the message above; from an empty composer, edit your last message" },
      { keys: ["↓"], does: "Go to the message below" },
    ],
  },
  {
    title: "While you write",
    shortcuts: [
      { keys: ["Enter"], does: "Send the message" },
      { keys: [shift, "Enter"], does: "Begin a new line" },
      { keys: ["@"], does: "Mention a person or a group" },
      { keys: ["#"], does: "Name a channel" },
      { keys: [":"], does: "Choose an emoji by its name" },
      { keys: ["/"], does: "Run a command, at the beginning of a message" },
      { keys: [control, "B"], does: "Bold" },
      { keys: [control, "I"], does: "Italic" },
      { keys: [control, "E"], does: "Code" },
    ],
  },
];

/** A list of the keyboard shortcuts. */
export const ShortcutsPage = () => (
  <>
    {groups.map(({ title, shortcuts }) => (
      <Section key={title} title={title}>
        <dl class="shortcuts">
          {shortcuts.map(({ keys, does }) => (
            <div key={does}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Section>
    ))}
  </>
);
