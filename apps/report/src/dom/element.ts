export type Child = Node | string | number | null | undefined | false | readonly Child[]

type Listener<E extends Event = Event> = (event: E) => void

/**
 * Attributes by their HTML names. `true` writes an empty attribute. `false` and `undefined` write none. `on` holds
 * listeners.
 */
export interface Attributes {
  readonly on?: Readonly<Record<string, Listener>>
  readonly [name: string]: string | number | boolean | undefined | Readonly<Record<string, Listener>>
}

/** Makes an HTML element. Text becomes text nodes, so nothing in a results file can become markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'object') {
      for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener)
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value))
    }
  }
  append(element, children)
  return element
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (isList(child)) append(parent, child)
    else if (child !== null && child !== undefined && child !== false) {
      parent.append(child instanceof Node ? child : String(child))
    }
  }
}

function isList(child: Child): child is readonly Child[] {
  return Array.isArray(child)
}
