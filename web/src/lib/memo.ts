import { Component, createElement, type FunctionComponent } from "preact";

/** Makes a component that renders again only when one of its properties is another value, or a signal that it reads changes. */
export function memo<Props extends object>(render: FunctionComponent<Props>): FunctionComponent<Props> {
  class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      return Object.keys({ ...next, ...this.props }).some(
        (key) => next[key as keyof Props] !== this.props[key as keyof Props],
      );
    }

    override render() {
      return createElement(render, this.props as Props);
    }
  }
  return Memo as unknown as FunctionComponent<Props>;
}
