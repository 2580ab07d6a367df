/** The element with this id. The template and the script are built together: a missing one is a mistake of theirs. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) {
    throw new Error(`the page has no ${kind.name} #${id}`);
  }
  return element;
}

/** The first element with this `data-testid`. */
export function byTestId<E extends HTMLElement>(name: string, kind: new () => E): E {
  const element = document.querySelector(`[data-testid="${name}"]`);
  if (!(element instanceof kind)) {
    throw new Error(`the page has no ${kind.name} ${name}`);
  }
  return element;
}

/** A new element holding `text`, as text only; marked as one that the template knows nothing of. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  element.dataset.made = "";
  return element;
}
